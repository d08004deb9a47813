// Slots whose secret gives a 64-byte `stretched` value: a password through Argon2id, or the key of this machine
// (docs/formats/keys.md §3). The slot's name and the key that wraps the root both come from it, so that the name tells nothing.
//
// The salt of a password is derived by the directory process from the server secret; without that secret no password can be tried.

import { utf8TextOrNull, wipe } from '#base/bytes.ts'
import { type AccountId, accountIdToBytes } from '#base/ids.ts'
import { gcmOpen, gcmSeal } from '#crypto/aead.ts'
import { argon2id } from '#crypto/argon2.ts'
import { hkdf } from '#crypto/hkdf.ts'
import { ROOT_BYTES, RootSecret } from './root.ts'
import { type Slot, type SlotKind, SLOT_NAME_BYTES, authenticateSlot } from './slot.ts'
import { type SlotProperties, sealSlotProperties } from './slot-properties.ts'

const STRETCHED_BYTES = 64
const ARGON2 = { memoryKiB: 64 * 1024, passes: 3, parallelism: 1, lengthBytes: STRETCHED_BYTES }

export interface OpenedSlot {
  readonly root: RootSecret
  readonly slot: Slot
}

/** The first 16 bytes of a name derived from `stretched`. */
export function slotNameOf(stretched: Uint8Array): Buffer {
  return hkdf(stretched, 'mailkeep/v1/slot-name', 32).subarray(0, SLOT_NAME_BYTES)
}

/** 32 bytes; the caller wipes them. */
export function wrappingKeyOf(stretched: Uint8Array): Buffer {
  return hkdf(stretched, 'mailkeep/v1/slot-wrap', 32)
}

function additionalData(account: AccountId, name: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('mailkeep/v1/slot'), accountIdToBytes(account), name])
}

function makeStretchedSlot(
  root: RootSecret,
  account: AccountId,
  kind: SlotKind,
  stretched: Buffer,
  properties: SlotProperties | null,
  created: number,
): Slot {
  const name = slotNameOf(stretched)
  const key = wrappingKeyOf(stretched)
  try {
    const sealedRoot = root.withBytes((bytes) => gcmSeal(key, additionalData(account, name), bytes))
    const sealed = properties === null ? null : sealSlotProperties(root, account, properties)
    return authenticateSlot(root, account, { action: 'add', name, kind, sealedRoot, created, properties: sealed })
  } finally {
    wipe(key, stretched)
  }
}

function openStretchedSlot(
  slots: readonly Slot[],
  account: AccountId,
  kinds: readonly SlotKind[],
  stretched: Buffer,
): OpenedSlot | null {
  const name = slotNameOf(stretched)
  const key = wrappingKeyOf(stretched)
  try {
    const slot = slots.find((candidate) => candidate.name.equals(name) && kinds.includes(candidate.kind))
    if (slot === undefined) return null
    const bytes = gcmOpen(key, additionalData(account, name), slot.sealedRoot)
    if (bytes === null || bytes.length !== ROOT_BYTES) return null
    return { root: new RootSecret(bytes), slot }
  } finally {
    wipe(key, stretched)
  }
}

/** Normalization Form C, as UTF-8 bytes of its own; null if the password is not UTF-8. */
function normalizedPassword(password: Uint8Array): Buffer | null {
  // ASCII is its own normal form: then the password never becomes a string, which could not be wiped.
  if (password.every((byte) => byte < 0x80)) return Buffer.from(password)
  const text = utf8TextOrNull(password)
  return text === null ? null : Buffer.from(text.normalize('NFC'), 'utf8')
}

/**
 * What slots are named and wrapped by; null for a password that is not UTF-8. Takes about a fifth of a second, off the main thread. The caller
 * wipes it, or opens a slot with it.
 */
export async function stretchPassword(password: Uint8Array, salt: Uint8Array): Promise<Buffer | null> {
  const normalized = normalizedPassword(password)
  if (normalized === null) return null
  try {
    return await argon2id(normalized, salt, ARGON2)
  } finally {
    wipe(normalized)
  }
}

/** `address` is the login name, in lower case; `salt` the directory's for it. Throws RangeError for a password that is not UTF-8. */
export async function makePasswordSlot(
  root: RootSecret,
  account: AccountId,
  address: string,
  password: Uint8Array,
  salt: Uint8Array,
  created: number,
): Promise<Slot> {
  const stretched = await stretchPassword(password, salt)
  if (stretched === null) throw new RangeError('a password is UTF-8 text')
  return makeStretchedSlot(root, account, 'password', stretched, { label: address }, created)
}

/** `password` as it was generated; `salt` the directory's for the account's login name. */
export async function makeAppPasswordSlot(
  root: RootSecret,
  account: AccountId,
  password: Uint8Array,
  salt: Uint8Array,
  properties: Required<SlotProperties>,
  created: number,
): Promise<Slot> {
  const stretched = await stretchPassword(password, salt)
  if (stretched === null) throw new RangeError('a password is UTF-8 text')
  return makeStretchedSlot(root, account, 'appPassword', stretched, properties, created)
}

/** The slot of the owner's password or of an app password; null if none opens. `stretched` is wiped. */
export function openStretchedPassword(
  slots: readonly Slot[],
  account: AccountId,
  stretched: Buffer,
): OpenedSlot | null {
  return openStretchedSlot(slots, account, ['password', 'appPassword'], stretched)
}

/** Returns null if no slot opens with this password. Takes about a fifth of a second, off the main thread. */
export async function openPasswordSlot(
  slots: readonly Slot[],
  account: AccountId,
  password: Uint8Array,
  salt: Uint8Array,
): Promise<OpenedSlot | null> {
  const stretched = await stretchPassword(password, salt)
  return stretched === null ? null : openStretchedPassword(slots, account, stretched)
}

/** For `lock = never`: opened by the server secret alone. `stretched` is `machineStretched` for the account, and is wiped. */
export function makeMachineSlot(root: RootSecret, account: AccountId, stretched: Buffer, created: number): Slot {
  return makeStretchedSlot(root, account, 'machine', stretched, null, created)
}

/** `stretched` is wiped. */
export function openMachineSlot(slots: readonly Slot[], account: AccountId, stretched: Buffer): OpenedSlot | null {
  return openStretchedSlot(slots, account, ['machine'], stretched)
}
