// When to overwrite freed memory (`#platform/wipe-memory.ts`): soon after somebody was served whose mail or password came through here, whoever
// else is still being served; but not more often than a pause of some milliseconds can be felt.

import { type Clock, type Timer, systemClock } from '#platform/clock.ts'
import { wipeMemory } from '#platform/wipe-memory.ts'

/** What is under way when the service ends, as the closing of a connection, is mostly over by then. */
const SOON_MS = 500
/** By then it is over in any case: it is wiped once more. */
const SPACING_MS = 6_000
/** Of all time, at most this part goes into wiping, however much there is to look through. */
const SHARE = 1 / 100

export class IdleWipe {
  readonly #clock: Clock
  readonly #wipe: () => Promise<void>
  #lastMs = -SPACING_MS
  #spacingMs = SPACING_MS
  #touchedMs = 0
  #timer: Timer | null = null

  constructor(clock: Clock = systemClock, wipe: () => Promise<void> = wipeMemory) {
    this.#clock = clock
    this.#wipe = wipe
  }

  /** A session, a request or a login is over: what it had is not in use any more, or will not be in a moment. */
  touch(): void {
    this.#touchedMs = this.#clock.monotonic()
    if (this.#timer === null) this.#wipeAt(this.#touchedMs + SOON_MS)
  }

  #wipeAt(soonestMs: number): void {
    const now = this.#clock.monotonic()
    const dueMs = Math.max(soonestMs, this.#lastMs + this.#spacingMs)
    this.#timer = this.#clock.after(dueMs - now, () => this.#run())
  }

  #run(): void {
    this.#timer = null
    this.#lastMs = this.#clock.monotonic()
    void this.#wipe()
    // The collection, which stops everything, has been done when this returns.
    this.#spacingMs = Math.max(SPACING_MS, (this.#clock.monotonic() - this.#lastMs) / SHARE)
    if (this.#lastMs < this.#touchedMs + SPACING_MS) this.#wipeAt(this.#touchedMs + SPACING_MS)
  }
}
