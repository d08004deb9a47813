// Lets an index rest that nobody has used for a while, as that of an account whose owner's mail programs only wait (`IndexDatabase.rest`).

import type { Clock, Timer } from '#platform/clock.ts'
import type { IndexDatabase } from './index-database.ts'

/** Twice this at most. To open the file again takes some milliseconds. */
const REST_MS = 4_000

export class IndexRest {
  readonly #database: IndexDatabase
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  #timer: Timer | null = null

  constructor(database: IndexDatabase, clock: Clock, failed: (error: unknown) => void) {
    this.#database = database
    this.#clock = clock
    this.#failed = failed
  }

  start(): void {
    this.#database.woken = () => this.#later()
    this.#later()
  }

  stop(): void {
    this.#database.woken = () => undefined
    this.#timer?.cancel()
  }

  #later(): void {
    const { uses } = this.#database
    this.#timer = this.#clock.after(REST_MS, () => {
      try {
        // What is used meanwhile, or has something to commit, is looked at again.
        if (this.#database.uses !== uses || !this.#database.rest()) this.#later()
      } catch (error) {
        this.#failed(error)
      }
    })
  }
}
