// SORT and UID SORT (RFC 5256).

import { type Command, type Completion, ok } from './command.ts'
import type { Cursor } from './cursor.ts'
import { selectedOf } from './message-set.ts'
import { parseCharset, refuseCharset } from './search-charset.ts'
import { parseKeys } from './search-keys.ts'
import { type SearchNode, asksModseq, evaluate } from './search-node.ts'
import { foundRows, writeNumbers } from './search-result.ts'
import { SearchRows } from './search-rows.ts'
import type { Session } from './session.ts'
import { type SortCriterion, parseCriteria, sortRows } from './sort-order.ts'

interface Args {
  readonly criteria: readonly SortCriterion[]
  /** Null for a character set that is not known. */
  readonly node: SearchNode | null
}

function parse(cursor: Cursor): Args {
  cursor.space()
  const criteria = parseCriteria(cursor)
  cursor.space()
  if (!parseCharset(cursor)) return { criteria, node: null }
  cursor.space()
  return { criteria, node: parseKeys(cursor) }
}

async function run(session: Session, { criteria, node }: Args, isUid: boolean): Promise<Completion> {
  const selected = selectedOf(session)
  if (node === null) return refuseCharset()
  const hasModseq = asksModseq(node)
  if (hasModseq) session.enabled.add('CONDSTORE')
  const rows = new SearchRows(session, selected)
  const found = foundRows(await evaluate(node, rows, rows.all()))
  await writeNumbers(session, 'SORT', rows, await sortRows(rows, found, criteria), isUid, hasModseq)
  return ok('That is all')
}

export const sort: Command<Args> = {
  name: 'SORT',
  state: 'selected',
  mayExpunge: false,
  parse,
  run: (session, args) => run(session, args, false),
}

export const uidSort: Command<Args> = {
  ...sort,
  name: 'UID SORT',
  mayExpunge: true,
  run: (session, args) => run(session, args, true),
}
