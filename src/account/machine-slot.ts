// The slot that the server's own key opens, for owners who chose that their account is never locked.

import type { RootSecret } from '#keys/root.ts'
import { encodeSlot, revokeSlot } from '#keys/slot.ts'
import { makeMachineSlot, openMachineSlot } from '#keys/stretched-slot.ts'
import type { LogReader } from '#ledger/reader.ts'
import { type SlotChange, readSlots } from './slots.ts'

/** Durable when it resolves. `stretched` is `machineStretched` for the account; it is wiped. Throws LedgerRefusedError. */
export async function addMachineSlot({ log, reader, clock, root }: SlotChange, stretched: Buffer): Promise<void> {
  const slot = makeMachineSlot(root, reader.account, stretched, clock.now())
  const { firstSeq } = await log.append([{ kind: 'slot', payload: encodeSlot(slot) }])
  await log.settled(firstSeq)
}

/** Throws LedgerRefusedError. */
export async function removeMachineSlots({ log, reader, clock, root }: SlotChange): Promise<void> {
  const slots = readSlots(reader).filter(({ kind }) => kind === 'machine')
  if (slots.length === 0) return
  const revocations = slots.map(({ name }) => revokeSlot(root, reader.account, name, clock.now()))
  await log.append(revocations.map((record) => ({ kind: 'slot', payload: encodeSlot(record) })))
}

export function hasMachineSlot(reader: LogReader): boolean {
  return readSlots(reader).some(({ kind }) => kind === 'machine')
}

/** Null if there is none that this key opens. `stretched` is wiped. */
export function rootByMachine(reader: LogReader, stretched: Buffer): RootSecret | null {
  return openMachineSlot(readSlots(reader), reader.account, stretched)?.root ?? null
}
