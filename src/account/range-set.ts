// Sets of UIDs or of e-mail ids as inclusive ranges: what clients name, and what the journal holds.

import type { RangeSet } from './operation.ts'

export const ID_MAX = 0xffff_ffff

/** Increasing, not touching, within 1 to 2^32 - 1. */
export function isRangeSet(set: RangeSet): boolean {
  let after = -1
  for (const [first, last] of set) {
    if (!Number.isInteger(first) || !Number.isInteger(last)) return false
    if (first < 1 || last > ID_MAX || first > last || first <= after + 1) return false
    after = last
  }
  return true
}

/** Of ids in increasing order, each once. */
export function rangeSetOf(ids: Iterable<number>): RangeSet {
  const set: [number, number][] = []
  let open: [number, number] | null = null
  for (const id of ids) {
    if (open !== null && id === open[1] + 1) open[1] = id
    else {
      open = [id, id]
      set.push(open)
    }
  }
  return set
}
