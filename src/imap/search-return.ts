// What SEARCH and SORT are to return (RFC 4731 §3.1, RFC 5182, RFC 5267 §3, §4.4, RFC 9394 §3.1).

import { type Cursor, SyntaxFailure } from './cursor.ts'
import { type PartialRange, parsePartialRange } from './partial-range.ts'

type SearchReturn = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE' | 'PARTIAL'

export interface SearchReturns {
  readonly names: ReadonlySet<SearchReturn>
  /** With PARTIAL. */
  readonly partial: PartialRange | null
}

export const RETURN_ALL: SearchReturns = { names: new Set(['ALL']), partial: null }

const PLAIN: readonly string[] = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE']

/** `RETURN (…) `, or null if it is not there. Throws SyntaxFailure. */
export function parseReturns(cursor: Cursor): SearchReturns | null {
  if (!cursor.skipWord('RETURN')) return null
  cursor.space()
  const names = new Set<SearchReturn>()
  let partial: PartialRange | null = null
  cursor.list(() => {
    const name = cursor.word()
    if (name === 'PARTIAL') {
      // RFC 9394 §3.1: one PARTIAL, or one ALL, or neither.
      if (partial !== null) throw new SyntaxFailure('one PARTIAL is enough')
      cursor.space()
      partial = parsePartialRange(cursor)
    } else if (!PLAIN.includes(name)) throw new SyntaxFailure(`there is no return option ${name}`)
    names.add(name as SearchReturn)
  }, 0)
  cursor.space()
  if (names.has('ALL') && names.has('PARTIAL')) throw new SyntaxFailure('ALL and PARTIAL exclude each other')
  // RFC 4731 §3.1: none means ALL.
  return names.size === 0 ? RETURN_ALL : { names, partial }
}
