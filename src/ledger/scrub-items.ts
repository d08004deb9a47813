// What a scrub reads, one item after the other, and what it says of each. Plain values: they go between threads.

import type { AccountId, Seq } from '#base/ids.ts'
import type { SegmentFault } from './examine-segment.ts'

export type ScrubItem =
  /** The stored tree and the checkpoints, against each other. `stored`: how many checkpoints the ledger has written; null if it does not know. */
  | { readonly kind: 'derived'; readonly account: AccountId; readonly stored: number | null }
  /** A segment and its parity. `settled`: records before this one are there; null if the ledger does not know. */
  | { readonly kind: 'segment'; readonly account: AccountId; readonly first: Seq; readonly settled: number | null }
  /** The copies of the slot records: so many before that record, if that is known. */
  | { readonly kind: 'slots'; readonly account: AccountId; readonly before: number; readonly records: number | null }
  /** What the ledger has beside accounts: commit journal, large payloads on their way in, keys, damage log. */
  | { readonly kind: 'own' }

export interface ScrubTask {
  /** The ledger's. */
  readonly directory: string
  readonly publicKey: Uint8Array
  /** Null: the item before, from where it was left. */
  readonly item: ScrubItem | null
  /** The task ends when it has read so many bytes, or worked for so long. */
  readonly bytes: number
}

export interface OwnFault {
  /** Below the ledger's directory. */
  readonly file: string
  readonly bytes: { readonly start: number; readonly end: number }
  readonly kind: 'missing' | 'unreadable' | 'changed'
}

export interface ScrubFindings {
  /** Of a segment: what is wrong with its records. */
  readonly faults: readonly SegmentFault[]
  /** `none`: the segment is not closed. */
  readonly parity: 'whole' | 'damaged' | 'missing' | 'none'
  /** Tree, checkpoints or slot copies are not what they should be. */
  readonly isDerivedWrong: boolean
  /** The record after the last of the segment, and how many slot records it has. */
  readonly next: number
  readonly slots: number
  /** Of the ledger's own files. */
  readonly own: readonly OwnFault[]
}

export interface ScrubStep {
  /** That were read by this task. */
  readonly bytes: number
  /** How long the device took for a megabyte, in milliseconds. */
  readonly isDirect: boolean
  /** Null: the item has not come to its end. */
  readonly findings: ScrubFindings | null
}

export const NOTHING_FOUND: ScrubFindings = {
  faults: [],
  parity: 'none',
  isDerivedWrong: false,
  next: 0,
  slots: 0,
  own: [],
}
