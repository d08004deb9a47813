// The character sets of SEARCH and SORT (RFC 9051 §6.4.4).

import { asciiText } from '#base/bytes.ts'
import { type Completion, no } from './command.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'

const CHARSETS: readonly string[] = ['UTF-8', 'US-ASCII']

/** True if it is known; otherwise the rest of the command, which cannot be read, is passed over. */
export function parseCharset(cursor: Cursor): boolean {
  if (CHARSETS.includes(cursor.text().toUpperCase())) return true
  const rest = asciiText(cursor.bytes, cursor.at)
  cursor.at = cursor.bytes.length
  // RFC 5466 §3.1: with a stored search, whose text is UTF-8, it is BAD and not NO.
  if (/[ (]FILTER /i.test(rest))
    throw new SyntaxFailure('only UTF-8 goes with FILTER', { ...refuseCharset(), status: 'BAD' })
  return false
}

export function refuseCharset(): Completion {
  return no('Only UTF-8 and US-ASCII are known', `BADCHARSET (${CHARSETS.join(' ')})`)
}
