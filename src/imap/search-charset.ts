// The character sets of SEARCH and SORT (RFC 9051 §6.4.4).

import { type Completion, no } from './command.ts'
import type { Cursor } from './cursor.ts'

const CHARSETS: readonly string[] = ['UTF-8', 'US-ASCII']

/** True if it is known; otherwise the rest of the command, which cannot be read, is passed over. */
export function parseCharset(cursor: Cursor): boolean {
  if (CHARSETS.includes(cursor.text().toUpperCase())) return true
  cursor.at = cursor.bytes.length
  return false
}

export function refuseCharset(): Completion {
  return no('Only UTF-8 and US-ASCII are known', `BADCHARSET (${CHARSETS.join(' ')})`)
}
