// FILTER: searches that are stored by name (RFC 5466), as annotations of the server. Its keys stand in the place of the name; several are one, as in
// parentheses.
//
// Bounds: filters within filters, and how many stand in one command, so that none that names others, or itself, grows beyond measure.

import { no } from './command.ts'
import { Cursor, SyntaxFailure } from './cursor.ts'
import { readEntries } from './metadata-store.ts'
import { type FilterLookup, parseKeys } from './search-keys.ts'
import type { SearchNode } from './search-node.ts'
import type { SearchReturns } from './search-return.ts'
import type { Session } from './session.ts'

/** RFC 5466 §3.1: three at least. */
const DEPTH_MAX = 5
const FILTERS_MAX = 32

class UndefinedFilter extends SyntaxFailure {
  constructor(name: string) {
    super(
      'there is no such filter',
      no('There is no such filter, or it is no whole search', `UNDEFINED-FILTER ${name}`),
    )
  }
}

/** The keys of a search, to the end of the command. Throws SyntaxFailure. */
export function parseSearchKeys(cursor: Cursor, session: Session, returns: SearchReturns | null): SearchNode {
  try {
    return parseKeys(cursor, filtersOf(session))
  } catch (error) {
    // RFC 5182 §2.1: a search that fails leaves an empty result.
    if (error instanceof UndefinedFilter && returns?.names.has('SAVE') === true) session.savedUids = []
    throw error
  }
}

function filtersOf({ account }: Session): FilterLookup {
  let entries: ReadonlyMap<string, Buffer> | null = null
  let count = 0
  const lookup = (name: string, depth: number): SearchNode => {
    entries ??= readEntries(account, 0)
    const key = name.toLowerCase()
    const value = entries.get(`/private/filters/values/${key}`) ?? entries.get(`/shared/filters/values/${key}`)
    if (value === undefined || depth > DEPTH_MAX || ++count > FILTERS_MAX) throw new UndefinedFilter(name)
    const node = parseWhole(value, (inner) => lookup(inner, depth + 1))
    if (node === null) throw new UndefinedFilter(name)
    return node
  }
  return (name) => lookup(name, 1)
}

function parseWhole(value: Buffer, filters: FilterLookup): SearchNode | null {
  const cursor = new Cursor(value)
  try {
    const node = parseKeys(cursor, filters)
    cursor.end()
    return node
  } catch (error) {
    if (error instanceof SyntaxFailure && !(error instanceof UndefinedFilter)) return null
    throw error
  }
}

/** RFC 5466 §3.2: whether it may be stored under that name. Filters that it names need not be there. */
export function isStorable(name: string, value: Buffer): boolean {
  if (!/^\/(private|shared)\/filters\/values\/[^/]+$/.test(name)) return true
  return parseWhole(value, () => ({ kind: 'and', nodes: [] })) !== null
}
