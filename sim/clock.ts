// A clock that stands still until it is told to go on.

import type { Clock, Timer } from '#platform/clock.ts'

interface Entry {
  readonly at: number
  readonly action: () => void
}

export class SimulatedClock implements Clock {
  #now: number
  #passed = 0
  #entries: Entry[] = []

  constructor(now = 1_800_000_000_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#passed
  }

  uptime(): number {
    return this.#passed
  }

  after(delayMs: number, action: () => void): Timer {
    const entry = { at: this.#passed + delayMs, action }
    this.#entries.push(entry)
    return {
      cancel: () => {
        this.#entries = this.#entries.filter((other) => other !== entry)
      },
    }
  }

  /** Lets time pass, and runs what is due. */
  advance(durationMs: number): void {
    this.#now += durationMs
    this.#passed += durationMs
    const due = this.#entries.filter(({ at }) => at <= this.#passed).sort((a, b) => a.at - b.at)
    this.#entries = this.#entries.filter(({ at }) => at > this.#passed)
    for (const { action } of due) action()
  }

  /** The time of day is set back, as sometimes happens; timers are not affected. */
  setBack(durationMs: number): void {
    this.#now -= durationMs
  }
}
