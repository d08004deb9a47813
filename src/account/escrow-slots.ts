// The choice between high and low security: whether the operator, with an identity that is not on the server, can open the account. It is the slot itself
// that says which was chosen; there is no setting that could say something else.

import { bytesEqual } from '#base/bytes.ts'
import type { Recipient } from '#crypto/age/recipient.ts'
import { makeEscrowSlot } from '#keys/escrow-slot.ts'
import { openSlotProperties } from '#keys/slot-properties.ts'
import { replaceSlot, revokeKind, slotOfKind } from './replace-slots.ts'
import type { SlotChange } from './slots.ts'

export interface EscrowFacts {
  /** As age writes it; null if the slot does not say. */
  readonly recipient: string | null
  readonly created: number
}

/** Null: high security. */
export function escrowOf(of: Pick<SlotChange, 'reader' | 'root'>): EscrowFacts | null {
  const slot = slotOfKind(of, 'escrow')
  if (slot === null) return null
  const properties = slot.properties === null ? null : openSlotProperties(of.root, of.reader.account, slot.properties)
  return { recipient: properties?.label ?? null, created: slot.created }
}

/**
 * Low security, or an escrow slot for another recipient than before. Nobody here can prove that the slot opens, because the identity is elsewhere: what
 * is proven is that it is in the log as it was made. Throws LedgerRefusedError, SlotNotProvenError.
 */
export async function addEscrow(change: SlotChange, recipient: Recipient): Promise<void> {
  const { root, reader, clock } = change
  const made = makeEscrowSlot(root, reader.account, recipient, clock.now())
  await replaceSlot(change, made, (slots) => {
    const slot = slots.find(({ name }) => name.equals(made.name))
    if (slot === undefined || !bytesEqual(slot.sealedRoot, made.sealedRoot)) return null
    return { root: root.copy(), slot }
  })
}

/** High security: no Mailkeep opens the slot any more. Its record stays in the log and its copies (docs/threat-model.md). Throws LedgerRefusedError. */
export async function removeEscrow(change: SlotChange): Promise<boolean> {
  return (await revokeKind(change, 'escrow')) > 0
}
