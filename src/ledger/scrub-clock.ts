// The time that a scrub counts in: milliseconds that never stand still or go back, whatever is done to the machine's clock. Ages in it may be longer than they are, when
// the clock was set forward; they are never shorter.
//
// While the process runs, the time is the monotonic clock's, and what the time of day went further than that: the machine slept, or its clock was set. While it did not run, it is what the time of day says, or, if
// that is more, how long the machine has been running. If the time of day went back meanwhile, nobody knows how long it was, and every age from before is unknown.
// What nothing shows: a clock that was set back, while the machine was off, by less than the time that it was off.

import type { Clock } from '#platform/clock.ts'

export interface ScrubMoment {
  /** In the scrub's time. */
  readonly at: number
  /** The time of day then, milliseconds since the Unix epoch. */
  readonly day: number
  /** How long the machine had been running then. */
  readonly uptime: number
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
    const now = saved === null ? this.#day : scrubTimeAt(saved, clock)
    this.isContinued = saved !== null && now !== null
    this.#at = now ?? saved?.at ?? this.#day
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
    return { at: this.now(), day: Math.max(0, this.#day), uptime: Math.max(0, Math.floor(this.#clock.uptime?.() ?? 0)) }
  }

  /** True once after the clock was set: what is kept has to be kept again. */
  takeJump(): boolean {
    this.now()
    const jumped = this.#hasJumped
    this.#hasJumped = false
    return jumped
  }
}

/** The scrub's time now, by what was kept last; null if the clock was set back since. */
export function scrubTimeAt(saved: ScrubMoment, clock: Pick<Clock, 'now' | 'uptime'>): number | null {
  const day = clock.now()
  const uptime = clock.uptime?.() ?? 0
  // It was started again since, or it is the same run.
  const running = uptime < saved.uptime ? uptime : uptime - saved.uptime
  return day < saved.day ? null : saved.at + Math.floor(Math.max(day - saved.day, running))
}
