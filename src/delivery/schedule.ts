// When a delivery is attempted again, and when the sender hears of it (RFC 5321 §4.5.4.1).

export interface Schedule {
  /** After the first attempt; it doubles with each further one. */
  readonly firstDelayMs: number
  readonly longestDelayMs: number
  /** The sender is told that it takes long. */
  readonly tellDelayAfterMs: number
}

const MINUTE_MS = 60_000

export const DEFAULT_SCHEDULE: Schedule = {
  firstDelayMs: 15 * MINUTE_MS,
  longestDelayMs: 240 * MINUTE_MS,
  tellDelayAfterMs: 240 * MINUTE_MS,
}

/** Delays differ by up to this part of them, so that what failed together does not come back together. */
const JITTER = 0.2

/** Until the next attempt, after so many. `random`: from 0 up to, not including, 1. */
export function retryDelayMs(schedule: Schedule, attempts: number, random: number): number {
  const doubled = schedule.firstDelayMs * 2 ** Math.min(Math.max(attempts - 1, 0), 30)
  const delay = Math.min(doubled, schedule.longestDelayMs)
  return Math.round(delay * (1 - JITTER / 2 + JITTER * random))
}
