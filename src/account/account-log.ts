// The account's log as a vault sees it: the ledger process, which writes it and of which the vault can ask no more than this. Reading is
// another way: `LogReader`, over the files.

import type { Seq } from '#base/ids.ts'
import type { Location, RecordHeader } from '#ledger/record.ts'

export interface LogEntry {
  readonly header: RecordHeader
  readonly location: Location
}

export interface NewRecord {
  readonly kind: 'mail' | 'journal' | 'slot' | 'release' | 'mark'
  /** A staged payload has been finished. */
  readonly payload: Uint8Array | StagedRecord
}

/** A payload on its way in, in pieces. Bounded memory: `write` waits. */
export interface StagedRecord {
  /** Takes a copy. One call at a time. Throws LedgerRefusedError. */
  write(chunk: Uint8Array): Promise<void>
  finish(): Promise<void>
  /** Gives up what was not appended; at any time, also after it was. */
  discard(): void
}

export interface AppendedRecords {
  readonly firstSeq: Seq
  /** Of the commit. */
  readonly time: number
  /** In the order given. */
  readonly records: readonly LogEntry[]
}

export interface LogWatch extends Disposable {
  /** Records in the log when the watch began: the first that the listener hears of has this number. */
  readonly size: number
}

/** Payloads over this are staged by the account; those of one append have no more in sum, nor more than `APPEND_RECORDS_MAX`. */
export const INLINE_BYTES_MAX = 256 * 1024
export const APPEND_BYTES_MAX = 1024 * 1024
export const APPEND_RECORDS_MAX = 256

export interface AccountLog {
  /**
   * All of the records, in order and next to each other, or none; resolves when they are durable. Throws LedgerRefusedError if nothing
   * of it is in the log, nor will be. **Any other error means that nobody knows**: the account then reads the log to find out.
   */
  append(records: readonly NewRecord[]): Promise<AppendedRecords>
  /** Throws LedgerRefusedError. */
  stage(): StagedRecord
  /**
   * From here on the listener hears of every record, in order and without gaps, the account's own appends included, when it can be read
   * from its segment. A log that cannot go on telling has whoever opened the account close it.
   */
  watch(listener: (entries: readonly LogEntry[]) => void): Promise<LogWatch>
  /** Resolves when the record, which is durable, can be read from its segment. */
  settled(seq: Seq): Promise<void>
}
