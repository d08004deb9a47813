// A stable merge sort that pauses, for lists of any length. What is in order already costs one look: mailboxes mostly are, by date.

import type { TimeSlice } from './time-slice.ts'

/** Shorter runs are made this long by insertion. */
const RUN_MIN = 24
/** Steps between two looks at the clock. */
const STEPS = 4096

/** Sorts the first `count` of `ids`; the result may be another array. */
export async function sortIds(
  ids: Uint32Array<ArrayBuffer>,
  count: number,
  compare: (a: number, b: number) => number,
  slice: TimeSlice,
): Promise<Uint32Array<ArrayBuffer>> {
  let ends = await findRuns(ids, count, compare, slice)
  let from = ids
  let to = ends.length > 1 ? new Uint32Array(ids.length) : ids
  while (ends.length > 1) {
    const merged: number[] = []
    let start = 0
    for (let at = 0; at < ends.length; at += 2) {
      const middle = ends[at] as number
      const end = ends[at + 1] ?? middle
      await merge(from, to, start, middle, end, compare, slice)
      merged.push(end)
      start = end
    }
    ends = merged
    ;[from, to] = [to, from]
  }
  return from
}

/** Ends of runs that are in order. */
async function findRuns(
  ids: Uint32Array,
  count: number,
  compare: (a: number, b: number) => number,
  slice: TimeSlice,
): Promise<number[]> {
  const ends: number[] = []
  let start = 0
  let steps = 0
  for (let at = 1; at <= count; at++) {
    if (++steps >= STEPS) {
      steps = 0
      if (slice.isOver) await slice.next()
    }
    if (at < count && compare(ids[at - 1] as number, ids[at] as number) <= 0) continue
    if (at < count && at - start < RUN_MIN) {
      insert(ids, start, at, compare)
      continue
    }
    ends.push(at)
    start = at
  }
  return ends
}

/** Moves the item at `at` to its place in the run from `start`. */
function insert(ids: Uint32Array, start: number, at: number, compare: (a: number, b: number) => number): void {
  const id = ids[at] as number
  let to = at
  while (to > start && compare(ids[to - 1] as number, id) > 0) {
    ids[to] = ids[to - 1] as number
    to--
  }
  ids[to] = id
}

async function merge(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
  compare: (a: number, b: number) => number,
  slice: TimeSlice,
): Promise<void> {
  let left = start
  let right = middle
  let steps = 0
  for (let at = start; at < end; at++) {
    if (++steps >= STEPS) {
      steps = 0
      if (slice.isOver) await slice.next()
    }
    const takesLeft = right >= end || (left < middle && compare(from[left] as number, from[right] as number) <= 0)
    to[at] = takesLeft ? (from[left++] as number) : (from[right++] as number)
  }
}
