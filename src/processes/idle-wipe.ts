// When to overwrite freed memory (`#platform/wipe-memory.ts`): soon after the last of those who were served has gone, and from time to time while
// there is no such moment.

import { type Clock, type Timer, systemClock } from '#platform/clock.ts'
import { wipeMemory } from '#platform/wipe-memory.ts'

const IDLE_MS = 500
const BUSY_MS = 60_000

export class IdleWipe {
  readonly #clock: Clock
  readonly #wipe: () => void
  #busy = 0
  #isDirty = false
  #lastMs: number
  #timer: Timer | null = null

  constructor(clock: Clock = systemClock, wipe: () => void = wipeMemory) {
    this.#clock = clock
    this.#wipe = wipe
    this.#lastMs = clock.monotonic()
  }

  /** Somebody is served whose mail or password comes through here, until `end`. */
  begin(): void {
    this.#busy++
    this.#isDirty = true
  }

  end(): void {
    this.#busy--
    const isOverdue = this.#clock.monotonic() - this.#lastMs > BUSY_MS
    if (this.#busy > 0 && !isOverdue) return
    this.#timer?.cancel()
    this.#timer = this.#clock.after(isOverdue ? 0 : IDLE_MS, () => this.#run())
  }

  /** Something has passed through that had no beginning and end of its own. */
  touch(): void {
    this.begin()
    this.end()
  }

  #run(): void {
    const isOverdue = this.#clock.monotonic() - this.#lastMs > BUSY_MS
    if (!this.#isDirty || (this.#busy > 0 && !isOverdue)) return
    this.#isDirty = this.#busy > 0
    this.#lastMs = this.#clock.monotonic()
    this.#wipe()
  }
}
