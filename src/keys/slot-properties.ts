// What a slot says of itself to whoever has opened the account (docs/formats/keys.md §2, key 6): sealed under the journal key, so
// that the log does not tell to whom a slot belongs.

import { type AccountId, accountIdToBytes } from '#base/ids.ts'
import { gcmOpen, gcmSeal } from '#crypto/aead.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import type { RootSecret } from './root.ts'

const VERSION = 1
const KEY_LABEL = 1

export interface SlotProperties {
  /** For the slots a person chose a name for, that name; for a password slot, the login name. */
  readonly label: string
}

function additionalData(account: AccountId): Buffer {
  return Buffer.concat([Buffer.from('mailkeep/slot/v1'), accountIdToBytes(account), Buffer.of(VERSION)])
}

export function sealSlotProperties(root: RootSecret, account: AccountId, properties: SlotProperties): Buffer {
  const key = root.derive('journal')
  try {
    const plaintext = encodeCbor(new Map([[KEY_LABEL, properties.label]]))
    return Buffer.concat([Buffer.of(VERSION), gcmSeal(key, additionalData(account), plaintext)])
  } finally {
    key.fill(0)
  }
}

/** Returns null if they do not verify. */
export function openSlotProperties(root: RootSecret, account: AccountId, sealed: Uint8Array): SlotProperties | null {
  if (sealed[0] !== VERSION) return null
  const key = root.derive('journal')
  try {
    const plaintext = gcmOpen(key, additionalData(account), sealed.subarray(1))
    const map = plaintext === null ? undefined : decodeCbor(plaintext)
    const label: unknown = map instanceof Map ? map.get(KEY_LABEL) : undefined
    return typeof label === 'string' ? { label } : null
  } finally {
    key.fill(0)
  }
}
