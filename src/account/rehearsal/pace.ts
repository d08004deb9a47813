// When a rehearsal goes on: it works in slices of time as all long work does, rests after each for as long as whoever runs it says, and ends at the next slice
// when it has to, or when the disk is getting full.

import type { Steps } from '#base/steps.ts'
import type { Clock } from '#platform/clock.ts'
import { Slices } from '#account/turns.ts'

/** The disk has hardly more left than mail may need. */
export class NoRoomError extends Error {
  override name = 'NoRoomError'
}

export interface PaceParts {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Waits until there is nothing better to do; also ends when `signal` does. `workedMs`: of the slice before. */
  readonly rest: (workedMs: number) => Promise<void>
  readonly room: { check(): void }
}

export class Pace {
  readonly slices: Slices
  readonly #parts: PaceParts
  #started: number
  #tookMs: number

  /** `tookMs`: of work that was done before. */
  constructor(parts: PaceParts, tookMs: number) {
    this.#parts = parts
    this.slices = new Slices(parts.clock)
    this.#started = parts.clock.monotonic()
    this.#tookMs = tookMs
  }

  get over(): boolean {
    return this.slices.over
  }

  /** Milliseconds of work. */
  get tookMs(): number {
    return Math.round(this.#tookMs + this.#parts.clock.monotonic() - this.#started)
  }

  /** After a slice: others have their turn, and then some. Does not throw. */
  readonly rest = async (): Promise<void> => {
    const { clock, rest } = this.#parts
    const workedMs = clock.monotonic() - this.#started
    this.#tookMs += workedMs
    this.#started = clock.monotonic()
    await rest(workedMs)
    this.#started = clock.monotonic()
  }

  /** Throws the signal's reason, and NoRoomError. */
  check(): void {
    this.#parts.signal.throwIfAborted()
    this.#parts.room.check()
  }

  /** If the slice is over. Throws as `check`. */
  async pause(): Promise<void> {
    if (this.over) await this.next()
  }

  async next(): Promise<void> {
    await this.slices.next()
    await this.rest()
    this.check()
  }

  /** All of the work, in as many slices as it needs. Throws as `check`. */
  async run<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      await this.pause()
    }
  }
}
