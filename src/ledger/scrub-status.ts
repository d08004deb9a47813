// What a scrub says of itself. Ages in milliseconds.

import type { ScrubHead, ScrubbedAccount } from './scrub-progress.ts'

export type ScrubState =
  /** Nothing is promised, and nobody asked. */
  | 'off'
  /** Between two passes. */
  | 'resting'
  | 'reading'
  /** Others want the disk. */
  | 'waiting'
  /** It does not wait for others: the promise would break. */
  | 'hurrying'
  /** Told to. */
  | 'paused'

export interface ScrubStatus {
  readonly state: ScrubState
  /** Null: nothing is promised. */
  readonly everyMs: number | null
  /** It reads past the page cache; null: nothing was read yet. */
  readonly isDirect: boolean | null
  /** Null: there was none yet. */
  readonly pass: {
    readonly number: number
    readonly beganMs: number
    /** Null: it goes on. */
    readonly endedMs: number | null
  } | null
  /** Of the pass. */
  readonly bytesDone: number
  readonly bytesLeft: number
  readonly accounts: number
  /** Accounts of which not every byte was read yet. */
  readonly unread: number
  /** Of the byte that was read, or written, longest ago; null: nobody knows how long ago. */
  readonly oldestMs: number | null
  /** Since the process was started: what was found damaged, and what became of it. */
  readonly repaired: number
  readonly unrepairable: number
  /** Accounts in which damage stayed when they were read last. */
  readonly damagedAccounts: number
  /** Closed segments that had no parity when they were read in this pass. */
  readonly parityMissing: number
}

/** As far as its file tells. */
export function scrubStatus(head: ScrubHead, accounts: Iterable<ScrubbedAccount>, now: number): ScrubStatus {
  const { pass: number, passBegan, passEnded, everyMs, isDirect, isPaused, bytesDone, bytesLeft, ownSince } = head
  const status = { accounts: 0, unread: 0, damagedAccounts: 0 }
  let oldest: number | null = ownSince === 0 ? null : ownSince
  for (const { since, isRead, isDamaged } of accounts) {
    status.accounts++
    if (!isRead) status.unread++
    if (isDamaged) status.damagedAccounts++
    oldest = since === null || oldest === null ? null : Math.min(oldest, since)
  }
  const ageOf = (time: number): number => Math.max(0, now - time)
  return {
    ...status,
    state: isPaused ? 'paused' : everyMs === 0 ? 'off' : 'resting',
    everyMs: everyMs === 0 ? null : everyMs,
    isDirect: number === 0 ? null : isDirect,
    pass:
      number === 0 ? null : { number, beganMs: ageOf(passBegan), endedMs: passEnded === 0 ? null : ageOf(passEnded) },
    bytesDone,
    bytesLeft: passEnded > 0 ? 0 : bytesLeft,
    oldestMs: oldest === null ? null : ageOf(oldest),
    repaired: 0,
    unrepairable: 0,
    parityMissing: 0,
  }
}
