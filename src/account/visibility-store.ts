// Visibility events in the index, as ranges: what was deleted together mostly was received together.

import type { EmailId, Modseq, ThreadId } from '#base/ids.ts'
import { type IndexDatabase, IndexDamagedError, type Statement } from './index-database.ts'
import type { VisibilityEvent, VisibilityKind } from './visibility.ts'

// Positions are what is stored.
const KINDS: readonly VisibilityKind[] = ['gone', 'shown', 'altered']

export interface StoredVisibilityEvent {
  readonly kind: VisibilityKind
  readonly email: EmailId
  readonly thread: ThreadId
  readonly modseq: Modseq
}

export class VisibilityStore {
  readonly #put: Statement
  readonly #since: Statement

  constructor(database: IndexDatabase) {
    this.#put = database.write('INSERT INTO visibility (modseq, first, last, kind, threads) VALUES (?, ?, ?, ?, ?)')
    this.#since = database.read(
      'SELECT modseq, first, last, kind, threads FROM visibility WHERE modseq >= ? ORDER BY modseq, rowid',
    )
  }

  /** Of one record, in the order of ids. */
  put(events: readonly VisibilityEvent[], modseq: number): void {
    let start = 0
    for (let at = 1; at <= events.length; at++) {
      const before = events[at - 1] as VisibilityEvent
      const here = events[at]
      if (here !== undefined && here.kind === before.kind && here.email === before.email + 1) continue
      const first = (events[start] as VisibilityEvent).email
      this.#put.run(modseq, first, before.email, KINDS.indexOf(before.kind), threadsOf(events.slice(start, at)))
      start = at
    }
  }

  /** Those of records from `modseq` on, in order. */
  *since(modseq: number): Generator<StoredVisibilityEvent> {
    for (const [changed, first, last, number, threads] of this.#since.all(modseq)) {
      const kind = KINDS[number as number]
      if (kind === undefined) throw new IndexDamagedError('a visibility event')
      for (let email = first as number; email <= (last as number); email++) {
        const at = (email - (first as number)) * 4
        const thread = threads === null ? email : (threads as Buffer).readUInt32LE(at)
        yield { kind, email: email as EmailId, thread: thread as ThreadId, modseq: changed as Modseq }
      }
    }
  }
}

function threadsOf(events: readonly VisibilityEvent[]): Buffer | null {
  if (events.every(({ email, thread }) => email === thread)) return null
  const threads = Buffer.alloc(events.length * 4)
  for (const [at, { thread }] of events.entries()) threads.writeUInt32LE(thread, at * 4)
  return threads
}
