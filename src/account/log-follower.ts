// Following the log of an open account: takes every record, in order, as it can be read. The account's own journal records have been applied
// when they come by here; one that nobody here wrote is read and applied like those of a catch-up.

import { assert } from '#base/assert.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { AccountIndex } from './account-index.ts'
import type { LogEntry } from './account-log.ts'
import { readEntry } from './catch-up.ts'
import type { Applied } from './fold.ts'
import type { JournalSealer } from './journal.ts'
import type { LogWitness } from './log-witness.ts'

export interface LogFollowerParts {
  readonly index: AccountIndex
  readonly reader: LogReader
  readonly sealer: JournalSealer
  readonly witness: LogWitness
  /**
   * An append is under way: what comes by may be its, and is applied when that is over. Its messages in particular would look like new mail, and
   * be read and filed by somebody else.
   */
  appending(): boolean
  /** A journal record that was not written here was applied. */
  applied(seq: number, applied: Applied): void
  readonly passedOver: (seq: number) => void
  /** Something was released, or kept again, by the log. */
  released(): void
  /** New mail came, or at least a record that may be. */
  mail(): void
  failed(error: unknown): void
}

export class LogFollower {
  readonly #parts: LogFollowerParts
  readonly #waiting: LogEntry[] = []
  /** Records before this one can be read. */
  readable = 0
  #started = false
  #stopped = false

  constructor(parts: LogFollowerParts) {
    this.#parts = parts
  }

  /** The index is up to date with the first `size` records of the log; from here on entries are taken. */
  start(size: number): void {
    this.readable = Math.max(this.readable, size)
    this.#started = true
    this.drain()
  }

  /** Word from the log. In order, without gaps; what the index has is passed over. */
  heard(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      this.#waiting.push(entry)
      this.readable = entry.header.seq + 1
    }
    this.drain()
  }

  /** Takes what can be taken now. Called when an append is over, too. */
  drain(): void {
    if (!this.#started || this.#stopped || this.#parts.appending()) return
    let mail = false
    let release = false
    let taken = 0
    try {
      for (const entry of this.#waiting) {
        this.#take(entry)
        mail ||= entry.header.kind === 'mail'
        release ||= entry.header.kind === 'release'
        taken++
      }
    } catch (error) {
      this.#stopped = true
      this.#parts.failed(error)
    }
    this.#waiting.splice(0, taken)
    if (mail) this.#parts.mail()
    if (release) this.#parts.released()
  }

  stop(): void {
    this.#stopped = true
  }

  #take(entry: LogEntry): void {
    const { index } = this.#parts
    const { seq } = entry.header
    if (seq < index.position.next) return
    assert(seq === index.position.next, 'the log is followed without gaps')
    const applied = readEntry(this.#parts, entry)
    if (applied !== null) this.#parts.applied(seq, applied)
  }
}
