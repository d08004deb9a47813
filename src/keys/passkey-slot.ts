// The slot that a passkey opens (docs/formats/keys.md §3): by what the authenticator's PRF gives, together with the server secret. The credential's id leads to the
// slot and to the credential's public key, so that a login is verified before anything is opened; without the id neither can be found or read.

import { wipe } from '#base/bytes.ts'
import { type AccountId, accountIdToBytes } from '#base/ids.ts'
import { gcmOpen, gcmSeal } from '#crypto/aead.ts'
import { hkdf } from '#crypto/hkdf.ts'
import { randomBytes } from '#crypto/random.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { type PasskeyProperties, sealPasskeyProperties } from './passkey-properties.ts'
import { ROOT_BYTES, RootSecret } from './root.ts'
import { type Slot, authenticateSlot } from './slot.ts'
import { type OpenedSlot, slotNameOf } from './stretched-slot.ts'

/** What the PRF extension of WebAuthn gives for one input. */
export const PRF_BYTES = 32

const SALT_BYTES = 32
const HANDLE_BYTES = 64
const KEY_BYTES = 32

const KEY = { salt: 1, publicKey: 2, root: 3 } as const

/** Everything that a passkey's slot is found and read by, but for what opens it. */
interface Handle {
  /** 64 bytes, from the credential's id and the server secret. */
  readonly bytes: Buffer
  readonly name: Buffer
}

export interface PasskeyPlace {
  readonly account: AccountId
  readonly credentialId: Uint8Array
  /** The directory's for the account's login name. */
  readonly serverSalt: Uint8Array
}

export interface NewPasskey extends PasskeyProperties {
  /** A COSE_Key. */
  readonly publicKey: Uint8Array
}

export interface FoundPasskey {
  readonly slot: Slot
  /** A COSE_Key. */
  readonly publicKey: Buffer
}

/** `prf`: 32 bytes, which stay the caller's. `serverSalt`: the directory's for the account's login name. */
export function makePasskeySlot(
  root: RootSecret,
  account: AccountId,
  { publicKey, ...properties }: NewPasskey,
  prf: Uint8Array,
  serverSalt: Uint8Array,
  created: number,
): Slot {
  const handle = handleOf({ account, credentialId: properties.credentialId, serverSalt })
  const salt = randomBytes(SALT_BYTES)
  const [toRead, toOpen] = [readingKey(handle), openingKey(handle, salt, prf)]
  try {
    const sealedRoot = encodeCbor(
      new Map<number, unknown>([
        [KEY.salt, salt],
        [KEY.publicKey, gcmSeal(toRead, additionalData('passkey', account, handle), publicKey)],
        [KEY.root, root.withBytes((bytes) => gcmSeal(toOpen, additionalData('slot', account, handle), bytes))],
      ]),
    )
    const { name } = handle
    const sealed = sealPasskeyProperties(root, account, properties)
    return authenticateSlot(root, account, {
      action: 'add',
      name,
      kind: 'passkey',
      sealedRoot,
      created,
      properties: sealed,
    })
  } finally {
    wipe(toRead, toOpen, handle.bytes)
  }
}

/** Null if there is none of that credential, or it is malformed. Nothing has been opened. */
export function findPasskey(slots: readonly Slot[], place: PasskeyPlace): FoundPasskey | null {
  const handle = handleOf(place)
  const key = readingKey(handle)
  try {
    const slot = slots.find(({ kind, name }) => kind === 'passkey' && name.equals(handle.name))
    const sealed = slot === undefined ? null : readSealed(slot)
    if (slot === undefined || sealed === null) return null
    const publicKey = gcmOpen(key, additionalData('passkey', place.account, handle), sealed.publicKey)
    return publicKey === null ? null : { slot, publicKey }
  } finally {
    wipe(key, handle.bytes)
  }
}

/** Null if it is another's output, or the slot is damaged. `prf` stays the caller's. */
export function openPasskeySlot(slot: Slot, place: PasskeyPlace, prf: Uint8Array): OpenedSlot | null {
  const sealed = slot.kind === 'passkey' && prf.length === PRF_BYTES ? readSealed(slot) : null
  if (sealed === null) return null
  const handle = handleOf(place)
  const key = openingKey(handle, sealed.salt, prf)
  try {
    const bytes = gcmOpen(key, additionalData('slot', place.account, handle), sealed.root)
    if (bytes?.length === ROOT_BYTES) return { root: new RootSecret(bytes), slot }
    wipe(bytes)
    return null
  } finally {
    wipe(key, handle.bytes)
  }
}

function handleOf({ account, credentialId, serverSalt }: PasskeyPlace): Handle {
  const info = Buffer.concat([Buffer.from('mailkeep/v1/passkey'), accountIdToBytes(account)])
  const bytes = hkdf(credentialId, info, HANDLE_BYTES, serverSalt)
  return { bytes, name: slotNameOf(bytes) }
}

function readingKey({ bytes }: Handle): Buffer {
  return hkdf(bytes, 'mailkeep/v1/passkey-public-key', KEY_BYTES)
}

function openingKey({ bytes }: Handle, salt: Uint8Array, prf: Uint8Array): Buffer {
  const info = Buffer.concat([Buffer.from('mailkeep/v1/passkey-wrap'), bytes])
  try {
    return hkdf(prf, info, KEY_BYTES, salt)
  } finally {
    wipe(info)
  }
}

function additionalData(what: 'slot' | 'passkey', account: AccountId, { name }: Handle): Buffer {
  return Buffer.concat([Buffer.from(`mailkeep/v1/${what}`), accountIdToBytes(account), name])
}

interface SealedParts {
  readonly salt: Uint8Array
  readonly publicKey: Uint8Array
  readonly root: Uint8Array
}

function readSealed({ sealedRoot }: Slot): SealedParts | null {
  const map = decodeCbor(sealedRoot)
  if (!(map instanceof Map) || map.size !== 3) return null
  const [salt, publicKey, root] = [KEY.salt, KEY.publicKey, KEY.root].map((key): unknown => map.get(key))
  const areBytes = salt instanceof Uint8Array && publicKey instanceof Uint8Array && root instanceof Uint8Array
  return areBytes && salt.length === SALT_BYTES ? { salt, publicKey, root } : null
}
