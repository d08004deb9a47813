// The collation i;unicode-casemap (RFC 5051): without regard to case, decomposed, in the order of code points.

import { normalized } from '#base/normalization.ts'

export function collationKey(text: string): string {
  return normalized(text.toUpperCase(), 'NFKD')
}

/** In the order of code points, which is not that of UTF-16 units. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Surrogates stand for code points beyond all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}
