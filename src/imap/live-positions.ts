// Positions of UIDs in a live view.

import type { MailboxView } from '#account/account.ts'
import type { Ranges } from './sequence-set.ts'

/** Inclusive ranges of positions whose UIDs are in `uids`. */
export function positionRanges(live: MailboxView, uids: Ranges): Ranges {
  const ranges: [number, number][] = []
  for (const [first, last] of uids) {
    const from = firstAtLeast(live, first)
    const to = firstAtLeast(live, last + 1) - 1
    if (from <= to) ranges.push([from, to])
  }
  return ranges
}

function firstAtLeast(live: MailboxView, uid: number): number {
  let low = 0
  let high = live.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((live.uids[middle] as number) < uid) low = middle + 1
    else high = middle
  }
  return low
}
