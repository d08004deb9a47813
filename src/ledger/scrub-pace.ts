// How fast a scrub reads, and whether it may wait for others. A pass takes a third of the promised time, so that the next one, which begins a third after it did, reads every byte
// again when two thirds are over: the last third is for machines that are switched off. Little is read at once, much evenly. When less than a tenth of
// the promised time is left, or the promise is broken, it hurries.

export interface PaceInput {
  /** Promised: every byte is read within this time. */
  readonly everyMs: number
  /** Of the byte that was read longest ago; null if nobody knows. */
  readonly oldestMs: number | null
  readonly sincePassMs: number
  readonly bytesLeft: number
}

export interface Pace {
  readonly bytesPerSecond: number
  /** Whoever else wants the disk comes first, for so long before each portion. */
  readonly waitMs: number
}

const MIB = 1024 * 1024
/** Small ledgers are read within minutes. */
const SLOWEST = 4 * MIB
const FASTEST = 64 * MIB

/** Of the promised time: a pass begins when the one before began so long ago. */
export const PASS_PART = 1 / 3
const RESERVE_PART = 1 / 10
/** What is overdue is to be read within this part of the promised time. */
const OVERDUE_PART = 1 / 30
/** A pass that needs no more of the time that is left than this may wait. */
const WAITING_PART = 1 / 2

/** Before there is anything to go by. */
export const FIRST_PACE: Pace = { bytesPerSecond: SLOWEST, waitMs: Number.POSITIVE_INFINITY }
/** Of a pass that somebody waits for. */
export const ASKED_PACE: Pace = { bytesPerSecond: Number.POSITIVE_INFINITY, waitMs: 100 }

export function paceOf({ everyMs, oldestMs, sincePassMs, bytesLeft }: PaceInput): Pace {
  const untilBroken = oldestMs === null ? 0 : everyMs - oldestMs
  const mustMs = Math.max(untilBroken - everyMs * RESERVE_PART, everyMs * OVERDUE_PART - sincePassMs)
  if (mustMs <= 0) return { bytesPerSecond: FASTEST, waitMs: 0 }
  const wantedMs = Math.max(Math.min(everyMs * PASS_PART - sincePassMs, mustMs), mustMs / 2)
  const bytesPerSecond = Math.min(Math.max((bytesLeft / wantedMs) * 1000, SLOWEST), FASTEST)
  const mayWait = (bytesLeft / FASTEST) * 1000 < mustMs * WAITING_PART
  return { bytesPerSecond, waitMs: mayWait ? Number.POSITIVE_INFINITY : 0 }
}
