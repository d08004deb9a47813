// The unit of strings of any characters: `fc.string({ unit: codePoint })` gives what `unit: 'binary'` gives. That one first makes a table of all 1,112,064 of them, which
// takes a second and a half of each process that asks for a string.

import fc from 'fast-check'

const SURROGATES_FROM = 0xd800
const SURROGATES = 2_048
const LAST = 0x10_ffff

export const codePoint: fc.Arbitrary<string> = fc.nat({ max: LAST - SURROGATES }).map(
  (index) => String.fromCodePoint(index < SURROGATES_FROM ? index : index + SURROGATES),
  // Backwards, so that strings which are known to be dangerous are tried, too: what is no such unit is refused by throwing.
  (unit) => {
    const point = typeof unit === 'string' ? (unit.codePointAt(0) ?? -1) : -1
    if (point === -1 || String.fromCodePoint(point) !== unit) throw new Error('not one code point')
    if (point < SURROGATES_FROM) return point
    if (point < SURROGATES_FROM + SURROGATES) throw new Error('a surrogate')
    return point - SURROGATES
  },
)
