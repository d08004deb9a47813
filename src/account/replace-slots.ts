// Slots of which an account has one of a kind: the new one is durable and proven before the old one is revoked, so that a change that is cut short at any
// step leaves one that opens (docs/formats/keys.md §2). And ending all of a kind.

import { type Slot, type SlotKind, slotIsAuthentic } from '#keys/slot.ts'
import type { OpenedSlot } from '#keys/stretched-slot.ts'
import { type SlotChange, addProvenSlot, readSlots, revokeSlots } from './slots.ts'

/** Throws LedgerRefusedError, SlotNotProvenError. */
export async function replaceSlot(
  change: SlotChange,
  slot: Slot,
  open: (slots: readonly Slot[]) => OpenedSlot | null | Promise<OpenedSlot | null>,
): Promise<void> {
  const slots = await addProvenSlot(change, slot, open)
  const old = slots.filter(({ kind, name }) => kind === slot.kind && !name.equals(slot.name))
  await revokeSlots(change, namesOf(old))
}

/** How many there were. They open nothing any more when it resolves. Throws LedgerRefusedError. */
export async function revokeKind(change: SlotChange, kind: SlotKind): Promise<number> {
  const slots = readSlots(change.reader).filter((slot) => slot.kind === kind)
  await revokeSlots(change, namesOf(slots))
  return slots.length
}

/** The last that was added and that whoever had the root wrote; null if there is none. */
export function slotOfKind({ reader, root }: Pick<SlotChange, 'reader' | 'root'>, kind: SlotKind): Slot | null {
  const slots = readSlots(reader).filter((slot) => slot.kind === kind && slotIsAuthentic(root, reader.account, slot))
  return slots.at(-1) ?? null
}

function namesOf(slots: readonly Slot[]): Buffer[] {
  return slots.map(({ name }) => name)
}
