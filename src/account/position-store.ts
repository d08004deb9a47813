// Up to where in the log the index reflects the account, with the counters that go with it. The head of the last record read is kept,
// so that an index is never continued on another log than its own: one that was rolled back, or that is another copy's fork.

import type { Seq } from '#base/ids.ts'
import { type Location, type RecordHeader, decodeHead, encodeHead } from '#ledger/record.ts'
import type { LogEntry } from './account-log.ts'
import { type IndexDatabase, IndexDamagedError, type Statement } from './index-database.ts'
import { CHAIN_START, type ChainHead } from './journal.ts'

export interface Position {
  /** Every record before this one has been read. Journal records beyond it may have been, if this account wrote them. */
  next: number
  /** The record before `next`. */
  last: LogEntry | null
  /** The last journal record that was applied, or -1. */
  journalSeq: number
  chain: ChainHead
}

export interface Counters {
  readonly nextEmail: number
  readonly nextMailbox: number
  readonly uidValidity: number
  /** Live e-mails: what was loaded has to have as many. */
  readonly emails: number
  readonly latest: { readonly mailboxes: number; readonly emails: number; readonly threads: number }
}

export function startOfLog(): Position {
  return { next: 0, last: null, journalSeq: -1, chain: CHAIN_START }
}

export class PositionStore {
  readonly #put: Statement
  readonly #get: Statement

  constructor(database: IndexDatabase) {
    this.#put = database.write('INSERT OR REPLACE INTO position VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#get = database.read('SELECT * FROM position')
  }

  save({ next, last, journalSeq, chain }: Position, counters: Counters): void {
    const { segment, offset } = last?.location ?? { segment: 0, offset: 0 }
    const head = last === null ? null : encodeHead(last.header)
    const { counter, previous } = chain
    const { nextEmail, nextMailbox, uidValidity, emails, latest } = counters
    this.#put.run(
      next,
      segment,
      offset,
      head,
      journalSeq,
      counter,
      previous,
      nextEmail,
      nextMailbox,
      uidValidity,
      emails,
      latest.mailboxes,
      latest.emails,
      latest.threads,
    )
  }

  /** Null for an index to which nothing was written yet. */
  load(): { readonly position: Position; readonly counters: Counters } | null {
    const row = this.#get.get()
    if (row === undefined) return null
    const [, next, segment, offset, head, journalSeq, counter, previous, ...counters] = row
    const [nextEmail, nextMailbox, uidValidity, emails, ...latest] = counters as [number, number, number, number]
    const [latestMailboxes, latestEmails, latestThreads] = latest as number[] as [number, number, number]
    return {
      position: {
        next: next as number,
        last: head === null ? null : entryOf(head as Buffer, { segment: segment as Seq, offset: offset as number }),
        journalSeq: journalSeq as number,
        chain: { counter: counter as number, previous: previous as Buffer },
      },
      counters: {
        nextEmail,
        nextMailbox,
        uidValidity,
        emails,
        latest: { mailboxes: latestMailboxes, emails: latestEmails, threads: latestThreads },
      },
    }
  }
}

function entryOf(head: Buffer, location: Location): LogEntry {
  return { header: headerOf(head), location }
}

/** The header of an encoded head from the index. */
export function headerOf(head: Uint8Array): RecordHeader {
  const decoded = decodeHead(head)
  if (!decoded.ok) throw new IndexDamagedError('a record head')
  return decoded.value.header
}
