// Adding and revoking passkeys (docs/formats/keys.md §2.2), as app passwords are: what is added is durable and proven to open the account before its owner is told
// so, and what is revoked opens nothing any more when that is acknowledged. Cut short in between, the log has at most a passkey that its owner was not told
// of, which opens the account, and which the inventory shows.

import { bytesEqual } from '#base/bytes.ts'
import {
  type NewPasskey,
  type PasskeyPlace,
  findPasskey,
  makePasskeySlot,
  openPasskeySlot,
} from '#keys/passkey-slot.ts'
import { openPasskeyProperties } from '#keys/passkey-properties.ts'
import { type Slot, slotIsAuthentic } from '#keys/slot.ts'
import { type SlotChange, SlotNotProvenError, addProvenSlot, readSlots, revokeSlots } from './slots.ts'

export type { NewPasskey } from '#keys/passkey-slot.ts'

export const PASSKEYS_MAX = 32

/**
 * The name of its slot. `prf`: what its authenticator gives, which stays the caller's; `salt`: the directory's for the account's login name. Throws
 * LedgerRefusedError, SlotNotProvenError.
 */
export async function addPasskey(
  change: SlotChange,
  passkey: NewPasskey,
  prf: Uint8Array,
  salt: Uint8Array,
): Promise<Buffer | 'tooMany'> {
  const { reader, root, clock } = change
  if (ownPasskeys(change).length >= PASSKEYS_MAX) return 'tooMany'
  const place: PasskeyPlace = { account: reader.account, credentialId: passkey.credentialId, serverSalt: salt }
  const slot = makePasskeySlot(root, reader.account, passkey, prf, salt, clock.now())
  try {
    await addProvenSlot(change, slot, (slots) => {
      // As a login does: by what is in the log alone.
      const found = findPasskey(slots, place)
      if (found === null || !bytesEqual(found.publicKey, passkey.publicKey)) return null
      return openPasskeySlot(found.slot, place, prf)
    })
  } catch (error) {
    // It is of no use to anybody.
    if (error instanceof SlotNotProvenError) await revokeSlots(change, [slot.name])
    throw error
  }
  return slot.name
}

/** It opens nothing any more when it resolves; false if there is no such passkey. Throws LedgerRefusedError. */
export async function revokePasskey(change: SlotChange, name: Uint8Array): Promise<boolean> {
  const slot = readSlots(change.reader).find((slot) => slot.kind === 'passkey' && slot.name.equals(name))
  if (slot === undefined) return false
  await revokeSlots(change, [slot.name])
  return true
}

/** Ids of the credentials that open the account, so that no authenticator makes a second one. */
export function passkeyCredentialIds({ reader, root }: Pick<SlotChange, 'reader' | 'root'>): Uint8Array[] {
  return ownPasskeys({ reader, root }).flatMap(({ properties }) => {
    const known = properties === null ? null : openPasskeyProperties(root, reader.account, properties)
    return known === null ? [] : [known.credentialId]
  })
}

/** Forged ones open nothing, and keep nobody from making one. */
function ownPasskeys({ reader, root }: Pick<SlotChange, 'reader' | 'root'>): Slot[] {
  return readSlots(reader).filter((slot) => slot.kind === 'passkey' && slotIsAuthentic(root, reader.account, slot))
}
