// Flags on the wire (RFC 3501 §2.3.2) and keywords in the account (docs/formats/journal.md §3): `\Seen` is `$seen`, keywords are
// lower-cased, `\Deleted` belongs to a membership and not to the e-mail, and `\Recent` is never stored.

import type { Cursor } from './cursor.ts'
import { SyntaxFailure } from './cursor.ts'
import { COMMAND_KEYWORDS_MAX, KEYWORD_BYTES_MAX } from './limits.ts'

export interface Flags {
  /** Sorted, unique, as the account keeps them. */
  readonly keywords: readonly string[]
  readonly deleted: boolean
}

const SYSTEM: Readonly<Record<string, string>> = {
  $answered: '\\Answered',
  $flagged: '\\Flagged',
  $draft: '\\Draft',
  $seen: '\\Seen',
}

/** RFC 8621 §4.1.1 spells common keywords with capitals; all are compared without regard to case. */
const SPELLING: Readonly<Record<string, string>> = {
  $forwarded: '$Forwarded',
  $mdnsent: '$MDNSent',
  $junk: '$Junk',
  $notjunk: '$NotJunk',
  $phishing: '$Phishing',
  $submitted: '$Submitted',
  $submitpending: '$SubmitPending',
  $important: '$Important',
}

const keywordOf: ReadonlyMap<string, string> = new Map(
  Object.entries(SYSTEM).map(([keyword, flag]) => [flag.toLowerCase(), keyword]),
)

export const SYSTEM_FLAGS = '\\Answered \\Flagged \\Deleted \\Seen \\Draft'

/** The flag that stands for a stored keyword. */
export function flagOf(keyword: string): string {
  return SYSTEM[keyword] ?? SPELLING[keyword] ?? keyword
}

export function isSystemKeyword(keyword: string): boolean {
  return SYSTEM[keyword] !== undefined
}

/** A keyword as STORE, APPEND and SEARCH KEYWORD name it: an atom without a backslash. */
export function parseKeyword(cursor: Cursor): string {
  const keyword = cursor.atom().toLowerCase()
  if (keyword.length > KEYWORD_BYTES_MAX) throw new SyntaxFailure(`a keyword is longer than ${KEYWORD_BYTES_MAX} bytes`)
  // RFC 8621 §4.1.1: these names stand for system flags, and must not also be keywords of their own.
  if (isSystemKeyword(keyword)) throw new SyntaxFailure(`the keyword ${keyword} is reserved: use ${flagOf(keyword)}`)
  return keyword
}

/** `(\Seen $Label1)`, or without parentheses as STORE allows. */
export function parseFlags(cursor: Cursor, allowBare: boolean): Flags {
  const names = cursor.isAtList || !allowBare ? cursor.list(() => parseFlag(cursor), 0) : parseBareFlags(cursor)
  const keywords = [...new Set(names.filter((name) => name !== '\\deleted'))].sort()
  if (keywords.length > COMMAND_KEYWORDS_MAX) throw new SyntaxFailure(`more than ${COMMAND_KEYWORDS_MAX} flags`)
  return { keywords, deleted: names.includes('\\deleted') }
}

function parseBareFlags(cursor: Cursor): string[] {
  const names = [parseFlag(cursor)]
  while (cursor.skip(' ')) names.push(parseFlag(cursor))
  return names
}

function parseFlag(cursor: Cursor): string {
  if (!cursor.skip('\\')) return parseKeyword(cursor)
  const name = `\\${cursor.atom().toLowerCase()}`
  const keyword = keywordOf.get(name)
  if (keyword !== undefined) return keyword
  if (name === '\\deleted') return name
  throw new SyntaxFailure(name === '\\recent' ? '\\Recent cannot be changed' : 'there is no such system flag')
}
