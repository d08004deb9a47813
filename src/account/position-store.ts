// Up to where in the log the index reflects the account, with the counters that go with it. The head of the last record read is kept,
// so that an index is never continued on another log than its own: one that was rolled back, or that is another copy's fork.

import type { Seq } from '#base/ids.ts'
import { MerkleFrontier } from '#crypto/merkle.ts'
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
  /** Of the tree of the records before `next`, as they were read; null if some head could not be, and nothing stands for it. */
  frontier: MerkleFrontier | null
  /** Number of the owner's marks among them; null if some head could not be read. */
  marks: number | null
  /** The last of them that is right, and of how many records it is. */
  lastMark: { readonly seq: number; readonly size: number } | null
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
  const frontier = new MerkleFrontier()
  return { next: 0, last: null, journalSeq: -1, chain: CHAIN_START, frontier, marks: 0, lastMark: null }
}

export class PositionStore {
  readonly #put: Statement
  readonly #get: Statement

  constructor(database: IndexDatabase) {
    this.#put = database.write(
      'INSERT OR REPLACE INTO position VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.#get = database.read('SELECT * FROM position')
  }

  save({ next, last, journalSeq, chain, frontier, marks, lastMark }: Position, counters: Counters): void {
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
      frontier?.encode() ?? null,
      marks,
      lastMark?.seq ?? null,
      lastMark?.size ?? null,
    )
  }

  /** Null for an index to which nothing was written yet. */
  load(): { readonly position: Position; readonly counters: Counters } | null {
    const row = this.#get.get()
    if (row === undefined) return null
    const [, next, segment, offset, head, journalSeq, counter, previous, ...counters] = row
    const [nextEmail, nextMailbox, uidValidity, emails, ...latest] = counters as [number, number, number, number]
    const [latestMailboxes, latestEmails, latestThreads] = latest as number[] as [number, number, number]
    const [frontier, marks, markSeq, markSize] = (latest as unknown[]).slice(3) as [Buffer | null, ...(number | null)[]]
    return {
      position: {
        next: next as number,
        last: head === null ? null : entryOf(head as Buffer, { segment: segment as Seq, offset: offset as number }),
        journalSeq: journalSeq as number,
        chain: { counter: counter as number, previous: previous as Buffer },
        frontier: frontier === null ? null : frontierOf(next as number, frontier),
        marks: marks ?? null,
        lastMark: typeof markSeq === 'number' && typeof markSize === 'number' ? { seq: markSeq, size: markSize } : null,
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

function frontierOf(size: number, bytes: Buffer): MerkleFrontier {
  const frontier = MerkleFrontier.decode(size, bytes)
  if (frontier === null) throw new IndexDamagedError('a frontier of another size')
  return frontier
}

/** The header of an encoded head from the index. */
export function headerOf(head: Uint8Array): RecordHeader {
  const decoded = decodeHead(head)
  if (!decoded.ok) throw new IndexDamagedError('a record head')
  return decoded.value.header
}
