// Sequence sets (RFC 3501 §9 sequence-set, RFC 9051 §6.4.4.1 `$`): sets of message sequence numbers or UIDs.

import type { Cursor } from './cursor.ts'

/** Stands for `*`, the largest number in use. */
const STAR = Infinity

/** As written: inclusive ranges in any order, ends in any order. `saved` is `$`: the result of the last SEARCH with SAVE. */
export type SequenceSet =
  | { readonly kind: 'ranges'; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly kind: 'saved' }

/** Inclusive ranges, increasing, not touching. */
export type Ranges = (readonly [first: number, last: number])[]

export function parseSequenceSet(cursor: Cursor): SequenceSet {
  if (cursor.skip('$')) return { kind: 'saved' }
  const ranges: [number, number][] = []
  do {
    const first = parseNumber(cursor)
    ranges.push([first, cursor.skip(':') ? parseNumber(cursor) : first])
  } while (cursor.skip(','))
  return { kind: 'ranges', ranges }
}

function parseNumber(cursor: Cursor): number {
  return cursor.skip('*') ? STAR : cursor.nonZeroNumber()
}

/** Sorted and merged; `largest` takes the place of `*`. */
export function normalizeRanges(ranges: readonly (readonly [number, number])[], largest: number): Ranges {
  const sorted = ranges
    .map(([first, last]): [number, number] => {
      const from = first === STAR ? largest : first
      const to = last === STAR ? largest : last
      return from <= to ? [from, to] : [to, from]
    })
    .sort((left, right) => left[0] - right[0])
  const merged: [number, number][] = []
  for (const range of sorted) {
    const previous = merged.at(-1)
    if (previous !== undefined && range[0] <= previous[1] + 1) previous[1] = Math.max(previous[1], range[1])
    else merged.push(range)
  }
  return merged
}

/** Ranges of a list of increasing numbers. */
export function rangesOf(numbers: Iterable<number>): Ranges {
  const ranges: [number, number][] = []
  let open: [number, number] | undefined
  for (const number of numbers) {
    if (open !== undefined && number === open[1] + 1) open[1] = number
    else ranges.push((open = [number, number]))
  }
  return ranges
}

/** Ranges of numbers in the order given, each run of successive ones joined (UIDPLUS lists must keep their order). */
export function formatNumbersInOrder(numbers: Iterable<number>): string {
  return formatRanges(rangesOf(numbers))
}

export function formatRanges(ranges: readonly (readonly [first: number, last: number])[]): string {
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`)).join(',')
}

/**
 * True if a set of message sequence numbers names a message that is not there: a client's mistake (RFC 9051 §6.4). A range with
 * `*` never does, so that `1:*` is right for an empty mailbox too.
 */
export function namesMissingMessage(ranges: readonly (readonly [number, number])[], messages: number): boolean {
  return ranges.some(([first, last]) => first !== STAR && last !== STAR && Math.max(first, last) > messages)
}
