// Comparators (RFC 5228 §2.7.3, RFC 4790 §9): how two strings are equal, which is less, and whether one may be looked for in another.

import type { Octets } from '#message/part.ts'
import { asciiUpper } from './octets.ts'

export interface Comparator {
  readonly name: string
  /** What makes equal what the comparator has as equal, octet by octet. Null: no substrings, and `:matches` neither. */
  readonly fold: ((text: Octets) => Octets) | null
  /** Letters of ASCII are the same in either case. */
  readonly ignoresCase: boolean
  equal(a: Octets, b: Octets): boolean
  /** Less than 0, 0, or greater. */
  compare(a: Octets, b: Octets): number
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const OCTET: Comparator = {
  name: 'i;octet',
  fold: (text) => text,
  ignoresCase: false,
  equal: (a, b) => a === b,
  compare: order,
}

const ASCII_CASEMAP: Comparator = {
  name: 'i;ascii-casemap',
  fold: asciiUpper,
  ignoresCase: true,
  equal: (a, b) => a.length === b.length && asciiUpper(a) === asciiUpper(b),
  compare: (a, b) => order(asciiUpper(a), asciiUpper(b)),
}

/** RFC 4790 §9.1: the digits that the text begins with; without any it is infinite. No bound on their number. */
function digitsOf(text: Octets): string | null {
  const digits = /^[0-9]+/.exec(text)?.[0]
  return digits === undefined ? null : digits.replace(/^0+(?=.)/, '')
}

function compareNumbers(a: Octets, b: Octets): number {
  const left = digitsOf(a)
  const right = digitsOf(b)
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
  return left.length === right.length ? order(left, right) : left.length - right.length
}

const ASCII_NUMERIC: Comparator = {
  name: 'i;ascii-numeric',
  fold: null,
  ignoresCase: false,
  equal: (a, b) => compareNumbers(a, b) === 0,
  compare: compareNumbers,
}

export const DEFAULT_COMPARATOR = ASCII_CASEMAP

/** Those besides the first two have to be required. */
export const COMPARATORS: ReadonlyMap<string, Comparator> = new Map(
  [OCTET, ASCII_CASEMAP, ASCII_NUMERIC].map((comparator) => [comparator.name, comparator]),
)

export function mustBeRequired({ name }: Comparator): boolean {
  return name !== OCTET.name && name !== ASCII_CASEMAP.name
}
