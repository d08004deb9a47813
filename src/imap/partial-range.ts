// A part of a list of results (RFC 5267 §4.4, RFC 9394 §3): `1:100` are the first hundred, `-1:-100` the last.

import { type Cursor, SyntaxFailure } from './cursor.ts'

export interface PartialRange {
  /** As the client wrote it: it is told so. */
  readonly text: string
  readonly isFromEnd: boolean
  /** Both from 1, and in order. */
  readonly first: number
  readonly last: number
}

/** Throws SyntaxFailure. */
export function parsePartialRange(cursor: Cursor): PartialRange {
  const isFromEnd = cursor.skip('-')
  const from = cursor.nonZeroNumber()
  cursor.expect(':')
  if (cursor.skip('-') !== isFromEnd) throw new SyntaxFailure('both ends count from the same end')
  const to = cursor.nonZeroNumber()
  const sign = isFromEnd ? '-' : ''
  const text = `${sign}${from}:${sign}${to}`
  return { text, isFromEnd, first: Math.min(from, to), last: Math.max(from, to) }
}

/** Of `count` results, those from `start` on and before `end`. */
export function partOf(
  count: number,
  { isFromEnd, first, last }: PartialRange,
): { readonly start: number; readonly end: number } {
  return isFromEnd
    ? { start: Math.max(count - last, 0), end: Math.max(count - first + 1, 0) }
    : { start: Math.min(first - 1, count), end: Math.min(last, count) }
}
