// Text as Sieve compares it (RFC 5228 §2.7.2): the octets of its UTF-8, one character of a string for each.

import { utf8TextOrNull } from '#base/bytes.ts'
import type { Octets } from '#message/part.ts'

// eslint-disable-next-line no-control-regex -- what is its own UTF-8
const ASCII = /^[\x00-\x7f]*$/

export function toOctets(text: string): Octets {
  return ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** What is not UTF-8 is shown as U+FFFD. */
export function toText(octets: Octets): string {
  return ASCII.test(octets) ? octets : Buffer.from(octets, 'latin1').toString('utf8')
}

/** Null if it is not UTF-8. */
export function toTextOrNull(octets: Octets): string | null {
  return ASCII.test(octets) ? octets : utf8TextOrNull(Buffer.from(octets, 'latin1'))
}

/** At most so many octets, and no part of a character. */
export function truncateOctets(octets: Octets, max: number): Octets {
  if (octets.length <= max) return octets
  let end = max
  while (end > 0 && max - end < 4 && (octets.charCodeAt(end) & 0xc0) === 0x80) end--
  return octets.slice(0, end)
}

/** Characters, those of UTF-8 counted once. */
export function countCharacters(octets: Octets): number {
  let count = 0
  for (let at = 0; at < octets.length; at++) if ((octets.charCodeAt(at) & 0xc0) !== 0x80) count++
  return count
}

/** Only the letters of ASCII: other octets are parts of characters. */
export function asciiLower(text: Octets): Octets {
  // Most text is ASCII, for which the engine's own is faster.
  return ASCII.test(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

export function asciiUpper(text: Octets): Octets {
  return ASCII.test(text) ? text.toUpperCase() : text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}
