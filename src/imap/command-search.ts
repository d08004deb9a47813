// SEARCH and UID SEARCH (RFC 9051 §6.4.4; RFC 3501 §6.4.4 for its response; ESEARCH: RFC 4731; SEARCHRES: RFC 5182; PARTIAL:
// RFC 9394).

import { type Command, type Completion, UID_REQUIRED } from './command.ts'
import { enableCondstore } from './condstore.ts'
import { openUpdate } from './context-updates.ts'
import type { Cursor } from './cursor.ts'
import { selectedOf } from './message-set.ts'
import { parseCharset, refuseCharset } from './search-charset.ts'
import { parseSearchKeys } from './search-filter.ts'
import { type SearchNode, asksModseq, evaluate, searched, usesNumbers } from './search-node.ts'
import { foundRows, saveResult, writeEsearch, writeNumbers } from './search-result.ts'
import { RETURN_ALL, type SearchReturns, parseReturns } from './search-return.ts'
import { SearchRows } from './search-rows.ts'
import type { Session } from './session.ts'

interface Args {
  /** Null without RETURN. */
  readonly returns: SearchReturns | null
  /** Null for a character set that is not known. */
  readonly node: SearchNode | null
}

function parse(cursor: Cursor, session: Session): Args {
  cursor.space()
  const returns = parseReturns(cursor)
  if (cursor.skipWord('CHARSET')) {
    cursor.space()
    if (!parseCharset(cursor)) return { returns, node: null }
    cursor.space()
  }
  return { returns, node: parseSearchKeys(cursor, session, returns) }
}

async function run(session: Session, { returns, node }: Args, isUid: boolean): Promise<Completion> {
  const selected = selectedOf(session)
  if (node === null) {
    if (returns?.names.has('SAVE') === true) session.savedUids = []
    return refuseCharset()
  }
  if (session.isUidOnly && usesNumbers(node)) return UID_REQUIRED
  const refusal = openUpdate(session, returns)
  if (refusal !== null) return refusal
  const hasModseq = asksModseq(node)
  if (hasModseq) enableCondstore(session)
  const rows = new SearchRows(session, selected)
  const found = foundRows(await evaluate(node, rows, rows.all()))
  if (returns?.names.has('SAVE') === true) saveResult(session, rows, found, returns)
  if (returns !== null || session.isRev2) {
    await writeEsearch(session, rows, found, returns ?? RETURN_ALL, isUid, hasModseq)
  } else {
    await writeNumbers(session, 'SEARCH', rows, found, isUid, hasModseq)
  }
  if (returns !== null && returns.update !== null) {
    const query = { tag: session.tag, isUid, namesMailbox: false, node, criteria: null, items: returns.update.items }
    selected.contexts?.keep(session, rows, found, query)
  }
  return searched(node)
}

export const search: Command<Args> = {
  name: 'SEARCH',
  state: 'selected',
  mayExpunge: false,
  usesNumbers: true,
  parse,
  run: (session, args) => run(session, args, false),
}

export const uidSearch: Command<Args> = {
  ...search,
  name: 'UID SEARCH',
  mayExpunge: true,
  usesNumbers: false,
  run: (session, args) => run(session, args, true),
}
