// What SEARCH and SORT are to return (RFC 4731 §3.1, RFC 5182, RFC 5267 §3, §4, RFC 9394 §3.1), and of what they are to tell later.

import { type Cursor, SyntaxFailure } from './cursor.ts'
import type { FetchItem } from './fetch-item.ts'
import { parseItemList } from './fetch-parse.ts'
import { type PartialRange, parsePartialRange } from './partial-range.ts'

type SearchReturn = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE' | 'PARTIAL'

export interface SearchReturns {
  readonly names: ReadonlySet<SearchReturn>
  /** With PARTIAL. */
  readonly partial: PartialRange | null
  /** With UPDATE: what to give of messages that come later (RFC 5465 §7). */
  readonly update: { readonly items: readonly FetchItem[] } | null
}

export const RETURN_ALL: SearchReturns = { names: new Set(['ALL']), partial: null, update: null }

const PLAIN: readonly string[] = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE']

/** `RETURN (…) `, or null if it is not there. Throws SyntaxFailure. */
export function parseReturns(cursor: Cursor): SearchReturns | null {
  if (!cursor.skipWord('RETURN')) return null
  cursor.space()
  const names = new Set<SearchReturn>()
  let partial: PartialRange | null = null
  let update: SearchReturns['update'] = null
  const options = cursor.list(() => {
    const name = cursor.itemName()
    // RFC 5267 §4.2: a hint, and nothing is cached here.
    if (name === 'CONTEXT') return
    if (name === 'UPDATE') {
      update = { items: parseUpdateItems(cursor) }
      return
    }
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
  return options.length === 0 ? RETURN_ALL : { names, partial, update }
}

/** RFC 5465 §8 has no space before the list, its §7 has one. */
function parseUpdateItems(cursor: Cursor): readonly FetchItem[] {
  if (cursor.peek() === 0x20 && cursor.bytes[cursor.at + 1] === 0x28) cursor.space()
  return cursor.isAtList ? parseItemList(cursor) : []
}
