// What the ledger refuses to exceed, and the sizes at which it changes its ways. The first group is part of the format
// (docs/formats/ledger.md §2); the second may differ from one ledger to the next, and tests make it small.

import type { RecordKind } from './record.ts'

const KIB = 1024
const MIB = 1024 * KIB

const MAX_MAIL_BYTES = 2 ** 31 - 1
const MAX_SLOT_BYTES = 64 * KIB
const MAX_OTHER_BYTES = 16 * MIB

export function maxPayloadBytes(kind: RecordKind): number {
  if (kind === 'mail') return MAX_MAIL_BYTES
  return kind === 'slot' ? MAX_SLOT_BYTES : MAX_OTHER_BYTES
}

export interface LedgerLimits {
  /** Size of each of the two files of the commit journal. */
  readonly journalBytes: number
  /** A segment of this size takes no more records. */
  readonly segmentBytes: number
  /** A larger payload has a segment of its own and does not pass through the journal. */
  readonly inlineBytes: number
  /** A group takes no further append when it has this size. */
  readonly groupBytes: number
  /** Journal bytes of one append: larger ones are refused. */
  readonly appendBytes: number
  readonly appendRecords: number
  /** Journal bytes of all waiting appends: beyond, new ones are refused. */
  readonly waitingBytes: number
  /** Accounts whose state is kept in memory. */
  readonly accounts: number
  readonly openFiles: number
  /** What settled is covered by a stored checkpoint after this time. */
  readonly checkpointDelayMs: number
}

export const DEFAULT_LIMITS: LedgerLimits = {
  journalBytes: 32 * MIB,
  segmentBytes: 16 * MIB,
  inlineBytes: MIB,
  groupBytes: 4 * MIB,
  appendBytes: 8 * MIB,
  appendRecords: 4096,
  waitingBytes: 64 * MIB,
  accounts: 4096,
  openFiles: 512,
  checkpointDelayMs: 100,
}
