// What an open account says about its own log, and the proofs that others can check it by (docs/formats/jmap-integrity.md).

import type { EmailId } from '#base/ids.ts'
import type { LogAlarm } from './log-alarm.ts'
import type { LogScrub } from './log-scrub.ts'
import type { RehearsalNotes } from './rehearsal/rehearsal-file.ts'
import type { Rehearsed } from './rehearsal/result.ts'

export type { LogAlarm } from './log-alarm.ts'
export { describeRehearsalFinding } from './rehearsal/finding.ts'
export { REHEARSAL_ADVICE, type Rehearsed, describeFailure, isAlarming, isWhole } from './rehearsal/result.ts'
export { describeAlarm, describeAlarms } from './log-alarm.ts'

interface LogCheckpoint {
  /** Number of records. */
  readonly size: number
  /** The signed note: docs/formats/ledger.md §7. */
  readonly note: string
}

export interface LogMark {
  readonly number: number
  readonly size: number
  /** The signed note: docs/formats/marks.md §1. */
  readonly note: string
  /** The record that holds it. */
  readonly record: number
  /** That the newest checkpoint's tree begins with the mark's. */
  readonly consistency: readonly Uint8Array[]
}

export interface IntegrityReport {
  /** The newest; null if the ledger has signed nothing yet that can be verified. */
  readonly checkpoint: LogCheckpoint | null
  /** The keys, as signed-note tools read them: the ledger's (null if it is not known), and the owner's. */
  readonly ledgerKey: string | null
  readonly ownerKey: string
  /** That the newest checkpoint's tree begins with the one of the size that was asked for; null if it cannot be shown. */
  readonly consistency: readonly Uint8Array[] | null
  /** The owner's last mark; null if there is none yet. */
  readonly mark: LogMark | null
  /** In the order in which they were found, with those that were acknowledged. */
  readonly alarms: readonly LogAlarm[]
  /** When the log was read last by the machine that stores it; null if that is not known. */
  readonly scrub: LogScrub | null
  /** What is known of rehearsals of restoring the account; null if nothing can be. */
  readonly rehearsal: RehearsalStanding | null
}

export interface RehearsalStanding extends RehearsalNotes {
  /** There should have been one by now. */
  readonly isOverdue: boolean
}

export interface InclusionProof {
  readonly record: number
  /** The record's 120-byte header: docs/formats/ledger.md §2. */
  readonly header: Uint8Array
  /** Of the tree that the proof is about. */
  readonly size: number
  readonly proof: readonly Uint8Array[]
}

export interface Integrity {
  /** Nobody has acknowledged them yet. */
  readonly alarms: readonly LogAlarm[]
  /** What rehearsals of restoring the account came to. */
  readonly rehearsed: Rehearsed
  /** `raised` is called when there is another one, perhaps in the middle of something: the account must not be looked at by then. */
  watch(raised: () => void): Disposable
  /** `since`: the size of a tree that whoever asks has seen; null for none. */
  report(since: number | null): IntegrityReport
  /** That the message is in the tree of `size` records; null if there is no such message or tree, or its proof cannot be had. */
  prove(email: EmailId, size: number): InclusionProof | null
  /** Ends the alarms, and what there is to be told of a rehearsal that failed, and notes it in the account. False if there is nothing of the kind. */
  acknowledge(): Promise<boolean>
}
