// Properties of a slot as they are sealed (docs/formats/keys.md §2, key 6): under the journal key, so that the log does not tell whose a slot is. Key 1 is a
// label, whatever the kind of slot; which other keys there are follows from the kind.

import { type AccountId, accountIdToBytes } from '#base/ids.ts'
import { wipe } from '#base/bytes.ts'
import { gcmOpen, gcmSeal } from '#crypto/aead.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import type { RootSecret } from './root.ts'

const VERSION = 1

function additionalData(account: AccountId): Buffer {
  return Buffer.concat([Buffer.from('mailkeep/slot/v1'), accountIdToBytes(account), Buffer.of(VERSION)])
}

export function sealPropertyMap(root: RootSecret, account: AccountId, map: ReadonlyMap<number, unknown>): Buffer {
  const key = root.derive('journal')
  try {
    return Buffer.concat([Buffer.of(VERSION), gcmSeal(key, additionalData(account), encodeCbor(map))])
  } finally {
    wipe(key)
  }
}

/** Null if they do not verify. */
export function openPropertyMap(
  root: RootSecret,
  account: AccountId,
  sealed: Uint8Array,
): ReadonlyMap<unknown, unknown> | null {
  if (sealed[0] !== VERSION) return null
  const key = root.derive('journal')
  try {
    const plaintext = gcmOpen(key, additionalData(account), sealed.subarray(1))
    const map = plaintext === null ? undefined : decodeCbor(plaintext)
    return map instanceof Map ? map : null
  } finally {
    wipe(key)
  }
}
