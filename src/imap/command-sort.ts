// SORT and UID SORT (RFC 5256; ESORT: RFC 5267).

import { type Command, type Completion, UID_REQUIRED } from './command.ts'
import { enableCondstore } from './condstore.ts'
import { openUpdate } from './context-updates.ts'
import type { Cursor } from './cursor.ts'
import { selectedOf } from './message-set.ts'
import { parseCharset, refuseCharset } from './search-charset.ts'
import { parseSearchKeys } from './search-filter.ts'
import { type SearchNode, asksModseq, evaluate, searched, usesNumbers } from './search-node.ts'
import { foundRows, saveResult, writeEsearch, writeNumbers } from './search-result.ts'
import { type SearchReturns, parseReturns } from './search-return.ts'
import { SearchRows } from './search-rows.ts'
import type { Session } from './session.ts'
import { type SortCriterion, parseCriteria, sortRows } from './sort-order.ts'

interface Args {
  /** Null without RETURN. */
  readonly returns: SearchReturns | null
  readonly criteria: readonly SortCriterion[]
  /** Null for a character set that is not known. */
  readonly node: SearchNode | null
}

function parse(cursor: Cursor, session: Session): Args {
  cursor.space()
  const returns = parseReturns(cursor)
  const criteria = parseCriteria(cursor)
  cursor.space()
  if (!parseCharset(cursor)) return { returns, criteria, node: null }
  cursor.space()
  return { returns, criteria, node: parseSearchKeys(cursor, session, returns) }
}

async function run(session: Session, { returns, criteria, node }: Args, isUid: boolean): Promise<Completion> {
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
  const sorted = await sortRows(rows, found, criteria)
  if (returns?.names.has('SAVE') === true) saveResult(session, rows, sorted, returns)
  if (returns === null) await writeNumbers(session, 'SORT', rows, sorted, isUid, hasModseq)
  else await writeEsearch(session, rows, sorted, returns, isUid, hasModseq)
  if (returns !== null && returns.update !== null) {
    const query = {
      tag: session.tag,
      isUid,
      namesMailbox: false,
      node,
      criteria: criteria,
      items: returns.update.items,
    }
    selected.contexts?.keep(session, rows, sorted, query)
  }
  return searched(node)
}

export const sort: Command<Args> = {
  name: 'SORT',
  state: 'selected',
  mayExpunge: false,
  usesNumbers: true,
  parse,
  run: (session, args) => run(session, args, false),
}

export const uidSort: Command<Args> = {
  ...sort,
  name: 'UID SORT',
  mayExpunge: true,
  usesNumbers: false,
  run: (session, args) => run(session, args, true),
}
