// SEARCH and UID SEARCH (RFC 9051 §6.4.4; RFC 3501 §6.4.4 for its response; ESEARCH: RFC 4731; SEARCHRES: RFC 5182).

import { type Command, type Completion, ok } from './command.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { selectedOf } from './message-set.ts'
import { parseCharset, refuseCharset } from './search-charset.ts'
import { parseKeys } from './search-keys.ts'
import { type SearchNode, asksModseq, evaluate } from './search-node.ts'
import { type SearchReturn, foundRows, saveResult, writeEsearch, writeNumbers } from './search-result.ts'
import { SearchRows } from './search-rows.ts'
import type { Session } from './session.ts'

interface Args {
  /** Null without RETURN. */
  readonly returns: ReadonlySet<SearchReturn> | null
  /** Null for a character set that is not known. */
  readonly node: SearchNode | null
}

const RETURNS: readonly string[] = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE']

function parse(cursor: Cursor): Args {
  cursor.space()
  let returns: Set<SearchReturn> | null = null
  if (cursor.skipWord('RETURN')) {
    cursor.space()
    const names = cursor.list(() => cursor.word(), 0)
    const unknown = names.find((name) => !RETURNS.includes(name))
    if (unknown !== undefined) throw new SyntaxFailure(`there is no return option ${unknown}`)
    // RFC 4731 §3.1: none means ALL.
    returns = new Set((names.length === 0 ? ['ALL'] : names) as SearchReturn[])
    cursor.space()
  }
  if (cursor.skipWord('CHARSET')) {
    cursor.space()
    if (!parseCharset(cursor)) return { returns, node: null }
    cursor.space()
  }
  return { returns, node: parseKeys(cursor) }
}

async function run(session: Session, { returns, node }: Args, isUid: boolean): Promise<Completion> {
  const selected = selectedOf(session)
  if (node === null) {
    if (returns?.has('SAVE') === true) session.savedUids = []
    return refuseCharset()
  }
  const hasModseq = asksModseq(node)
  if (hasModseq) session.enabled.add('CONDSTORE')
  const rows = new SearchRows(session, selected)
  const found = foundRows(await evaluate(node, rows, rows.all()))
  if (returns?.has('SAVE') === true) saveResult(session, rows, found, returns)
  if (returns !== null || session.isRev2) {
    writeEsearch(session, rows, found, returns ?? new Set(['ALL']), isUid, hasModseq)
  } else {
    await writeNumbers(session, 'SEARCH', rows, found, isUid, hasModseq)
  }
  return ok('That is all')
}

export const search: Command<Args> = {
  name: 'SEARCH',
  state: 'selected',
  mayExpunge: false,
  parse,
  run: (session, args) => run(session, args, false),
}

export const uidSearch: Command<Args> = {
  ...search,
  name: 'UID SEARCH',
  mayExpunge: true,
  run: (session, args) => run(session, args, true),
}
