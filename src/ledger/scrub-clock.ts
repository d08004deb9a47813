// The time that a scrub counts in: milliseconds that never stand still or go back, whatever is done to the machine's clock. Ages in it may be longer than they are, when
// the clock was set forward; they are never shorter.
//
// While the process runs, the time is the monotonic clock's, and what the time of day went further than that: the machine slept, or its clock was set. While it did not run, it is what the
// time of day says; if that was set back meanwhile, nobody knows how long that was, and every age from before is unknown.

import type { Clock } from '#platform/clock.ts'

export interface ScrubMoment {
  /** In the scrub's time. */
  readonly at: number
  /** The time of day then, milliseconds since the Unix epoch. */
  readonly day: number
}

/** Further apart than this, one of the clocks was set, or the machine slept. */
const JUMP_MS = 1000

export class ScrubClock {
  readonly #clock: Clock
  /** Ages from before the process was started are known. */
  readonly isContinued: boolean
  #at: number
  #monotonic: number
  #day: number
  #hasJumped = false

  /** Goes on from `saved`. */
  constructor(clock: Clock, saved: ScrubMoment | null) {
    this.#clock = clock
    this.#monotonic = clock.monotonic()
    this.#day = clock.now()
    const away = saved === null ? 0 : this.#day - saved.day
    this.isContinued = saved !== null && away >= 0
    this.#at = (saved?.at ?? this.#day) + Math.max(0, away)
  }

  now(): number {
    const monotonic = this.#clock.monotonic()
    const day = this.#clock.now()
    const passed = monotonic - this.#monotonic
    const ofDay = day - this.#day
    if (Math.abs(ofDay - passed) > JUMP_MS) this.#hasJumped = true
    this.#at += ofDay > passed + JUMP_MS ? ofDay : passed
    this.#monotonic = monotonic
    this.#day = day
    return Math.floor(this.#at)
  }

  /** What has to be kept, so that time goes on after a start. */
  moment(): ScrubMoment {
    return { at: this.now(), day: Math.max(0, this.#day) }
  }

  /** True once after the clock was set: what is kept has to be kept again. */
  takeJump(): boolean {
    this.now()
    const jumped = this.#hasJumped
    this.#hasJumped = false
    return jumped
  }
}

/** The scrub's time at a time of day, by what was kept last; null if the clock was set back since. For who only reads. */
export function scrubTimeAt(saved: ScrubMoment, day: number): number | null {
  return day < saved.day ? null : saved.at + day - saved.day
}
