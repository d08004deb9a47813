// When to overwrite freed memory (`#platform/wipe-memory.ts`): soon after somebody was served whose mail or password came through here, whoever
// else is still being served; but not more often than a pause of some milliseconds can be felt.

import { type Clock, type Timer, systemClock } from '#platform/clock.ts'
import { wipeMemory } from '#platform/wipe-memory.ts'

/** What is under way when the service ends, as the closing of a connection, is over by then. */
const SOON_MS = 500
const SPACING_MS = 5_000

export class IdleWipe {
  readonly #clock: Clock
  readonly #wipe: () => Promise<void>
  #lastMs = -SPACING_MS
  #timer: Timer | null = null

  constructor(clock: Clock = systemClock, wipe: () => Promise<void> = wipeMemory) {
    this.#clock = clock
    this.#wipe = wipe
  }

  /** A session, a request or a login is over: nothing of it is in use any more. */
  touch(): void {
    if (this.#timer !== null) return
    const now = this.#clock.monotonic()
    const dueMs = Math.max(now + SOON_MS, this.#lastMs + SPACING_MS)
    this.#timer = this.#clock.after(dueMs - now, () => {
      this.#timer = null
      this.#lastMs = this.#clock.monotonic()
      void this.#wipe()
    })
  }
}
