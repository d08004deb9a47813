// Turns for long work. Accounts of one process share its one thread: each piece of background work, and each session's long command, takes a slice of time
// and then waits for its next turn, and only one of them runs between two rounds of input and output, however many accounts and sessions are busy
// (docs/adr/0100-slow-readers-and-turns.md).

import type { Steps } from '#base/steps.ts'
import type { Clock } from '#platform/clock.ts'
import { yieldToEventLoop } from '#platform/clock.ts'

/** A slice is this long, or one indivisible step. */
const SLICE_MS = 15

let last: Promise<void> = Promise.resolve()

/** Resolves when it is this caller's turn: after pending input and output, and after the turns asked for before. */
export function nextTurn(): Promise<void> {
  last = last.then(yieldToEventLoop)
  return last
}

/** Measures one piece of background work into slices. */
export class Slices {
  readonly #clock: Clock
  #started: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#started = clock.monotonic()
  }

  get over(): boolean {
    return this.#clock.monotonic() - this.#started >= SLICE_MS
  }

  /** Waits for another turn if this one is over. */
  async pause(): Promise<void> {
    if (this.over) await this.next()
  }

  /** All of the work, in as many turns as it needs. */
  async run<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      await this.pause()
    }
  }

  async next(): Promise<void> {
    await nextTurn()
    this.#started = this.#clock.monotonic()
  }
}
