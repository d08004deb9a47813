// Content of messages whose last e-mail has ended goes from the index a little later, in slices of time: expunging 20,000 messages takes no
// longer for the one who does it than setting a flag on them.

import type { Clock } from '#platform/clock.ts'
import type { AccountIndex } from './account-index.ts'
import type { Statement } from './index-database.ts'
import { Slices } from './turns.ts'

const RECORDS_AT_ONCE = 100
const REMOVALS_PER_COMMIT = 500

export class Sweeper {
  readonly #index: AccountIndex
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  readonly #statements: Readonly<Record<'next' | 'records' | 'done', Statement>>
  #running: Promise<void> | null = null
  #stopped = false

  constructor(index: AccountIndex, clock: Clock, failed: (error: unknown) => void) {
    this.#index = index
    this.#clock = clock
    this.#failed = failed
    const { database } = index
    this.#statements = {
      next: database.read('SELECT first, last FROM orphan ORDER BY first LIMIT 1'),
      records: database.read('SELECT record FROM content WHERE record BETWEEN ? AND ? ORDER BY record LIMIT ?'),
      // A range that grew meanwhile is swept again.
      done: database.write('DELETE FROM orphan WHERE first = ? AND last = ?'),
    }
  }

  /** Something may have been expunged and flushed. */
  wake(): void {
    if (this.#stopped) return
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    const slices = new Slices(this.#clock)
    try {
      await slices.next()
      for (let range = this.#next(); range !== null && !this.#stopped; range = this.#next()) {
        await this.#sweep(range.first, range.last, slices)
      }
    } catch (error) {
      this.#failed(error)
    }
    this.#running = null
  }

  #next(): { readonly first: number; readonly last: number } | null {
    const row = this.#statements.next.get()
    return row === undefined ? null : { first: row[0] as number, last: row[1] as number }
  }

  async #sweep(first: number, last: number, slices: Slices): Promise<void> {
    const { missing, mails } = this.#index
    let from = first
    for (;;) {
      const records = this.#statements.records.all(from, last, RECORDS_AT_ONCE)
      for (const [record] of records as [number][]) {
        // New mail may have content before any e-mail was made of it.
        if (!mails.isNew(record) && mails.emailsOf(record).length === 0) {
          this.#index.removeContent(record)
          missing.found(record)
        }
        from = record + 1
        if (this.#index.uncommitted >= REMOVALS_PER_COMMIT) this.#index.flush()
        if (slices.over) await slices.next()
        if (this.#stopped) return
      }
      if (records.length < RECORDS_AT_ONCE) break
    }
    this.#statements.done.run(first, last)
  }
}
