// The key slots of an account, from its log; and changing the password, so that a crash at any step leaves a password that opens the
// account (docs/formats/keys.md §2).

import { wipe } from '#base/bytes.ts'
import type { Seq } from '#base/ids.ts'
import { formatRecoveryCode } from '#keys/recovery-code.ts'
import { makeRecoverySlot, openRecoverySlot } from '#keys/recovery-slot.ts'
import type { RootSecret } from '#keys/root.ts'
import {
  type Slot,
  type SlotRecord,
  decodeSlot,
  encodeSlot,
  foldSlots,
  revokeSlot,
  slotIsAuthentic,
} from '#keys/slot.ts'
import { type OpenedSlot, makePasswordSlot, openPasswordSlot } from '#keys/stretched-slot.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Clock } from '#platform/clock.ts'
import type { AccountLog } from './account-log.ts'

/** What the slot records of the log leave. Malformed ones are passed over. */
export function readSlots(reader: LogReader): Slot[] {
  return foldSlots(slotRecords(reader))
}

function slotRecords(reader: LogReader): SlotRecord[] {
  return reader
    .readSlots()
    .map(({ payload }) => decodeSlot(payload))
    .filter((record) => record !== null)
}

/** Sequence numbers of slot records that are malformed, or were not written by who has the root. */
export function suspiciousSlots(reader: LogReader, root: RootSecret): Seq[] {
  return reader
    .readSlots()
    .filter(({ payload }) => {
      const record = decodeSlot(payload)
      return record === null || !slotIsAuthentic(root, reader.account, record)
    })
    .map(({ header }) => header.seq)
}

export interface SlotChange {
  readonly log: AccountLog
  readonly reader: LogReader
  readonly clock: Clock
  readonly root: RootSecret
}

/** The new slot did not open the account when it was read back. The old ones are as they were. */
export class SlotNotProvenError extends Error {
  override name = 'SlotNotProvenError'
}

export interface NewPassword {
  /** The login name. */
  readonly address: string
  /** UTF-8. */
  readonly password: Uint8Array
  /** The directory's for the login name. */
  readonly salt: Uint8Array
}

/**
 * The new password is the only one when it resolves. Cut short, the old one or both open the account; the next change ends what is left of
 * older ones. Resolves with the new slot's name. Throws LedgerRefusedError, SlotNotProvenError.
 */
export async function changePassword(change: SlotChange, { address, password, salt }: NewPassword): Promise<Buffer> {
  const { reader, clock, root } = change
  const slot = await makePasswordSlot(root, reader.account, address, password, salt, clock.now())
  await replaceSlots(change, slot, (slots) => openPasswordSlot(slots, reader.account, password, salt))
  return slot.name
}

/** A new recovery code, to be shown once; older ones open nothing any more when it resolves. Throws as `changePassword`. */
export async function replaceRecoveryCode(change: SlotChange): Promise<string> {
  const { slot, code } = makeRecoverySlot(change.root, change.reader.account, change.clock.now())
  try {
    await replaceSlots(change, slot, (slots) => openRecoverySlot(slots, code))
    return formatRecoveryCode(code)
  } finally {
    wipe(code)
  }
}

/** Adds the slot, proves that it opens, and revokes the others of its kind: in this order. */
async function replaceSlots(change: SlotChange, slot: Slot, open: OpenSlot): Promise<void> {
  const slots = await addProvenSlot(change, slot, open)
  const old = slots.filter(({ kind, name }) => kind === slot.kind && !name.equals(slot.name))
  await revokeSlots(
    change,
    old.map(({ name }) => name),
  )
}

type OpenSlot = (slots: readonly Slot[]) => OpenedSlot | null | Promise<OpenedSlot | null>

/**
 * The slot is durable, and has opened the account as it was read back from the log; returns all slots that there are then. Throws
 * LedgerRefusedError, SlotNotProvenError.
 */
export async function addProvenSlot(
  { log, reader, root }: SlotChange,
  slot: Slot,
  open: OpenSlot,
): Promise<readonly Slot[]> {
  const { firstSeq } = await log.append([{ kind: 'slot', payload: encodeSlot(slot) }])
  await log.settled(firstSeq)
  const slots = readSlots(reader)
  const opened = await open(slots)
  const proven = opened !== null && opened.root.equals(root) && opened.slot.name.equals(slot.name)
  opened?.root[Symbol.dispose]()
  if (!proven) throw new SlotNotProvenError('the new slot does not open the account')
  return slots
}

/** They open nothing any more when it resolves. Throws LedgerRefusedError. */
export async function revokeSlots({ log, reader, clock, root }: SlotChange, names: readonly Buffer[]): Promise<void> {
  if (names.length === 0) return
  const revocations = names.map((name) => revokeSlot(root, reader.account, name, clock.now()))
  const revoked = await log.append(revocations.map((record) => ({ kind: 'slot', payload: encodeSlot(record) })))
  await log.settled((revoked.firstSeq + names.length - 1) as Seq)
}
