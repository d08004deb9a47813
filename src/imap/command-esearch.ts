// ESEARCH: a search of several mailboxes at once (RFC 7377).
//
// Results are UIDs, one response for each mailbox that has any. The selected mailbox is searched as the client knows it, others as they are now.
// Sequence numbers and `$` mean something in the selected mailbox only, and are refused with any other.

import type { Mailbox } from '#account/account.ts'
import { type Command, type Completion, UID_REQUIRED, bad } from './command.ts'
import { enableCondstore } from './condstore.ts'
import { openUpdate } from './context-updates.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { type MailboxFilter, filterTest, parseMailboxFilter } from './mailbox-filter.ts'
import { parseCharset, refuseCharset } from './search-charset.ts'
import { parseSearchKeys } from './search-filter.ts'
import { type SearchNode, asksModseq, evaluate, searched, usesNumbers, usesSaved } from './search-node.ts'
import { foundRows, saveResult, writeEsearch } from './search-result.ts'
import { RETURN_ALL, type SearchReturns, parseReturns } from './search-return.ts'
import { SearchRows } from './search-rows.ts'
import { SelectedMailbox } from './selected-mailbox.ts'
import type { Session } from './session.ts'

interface Args {
  readonly filters: readonly MailboxFilter[]
  readonly returns: SearchReturns
  /** Null for a character set that is not known. */
  readonly node: SearchNode | null
}

/** RFC 7377 §2.2: without IN. */
const SELECTED: readonly MailboxFilter[] = [{ kind: 'selected' }]

function parse(cursor: Cursor, session: Session): Args {
  cursor.space()
  let filters = SELECTED
  if (cursor.skipWord('IN')) {
    cursor.space()
    filters = cursor.list(() => {
      // RFC 7377 §4: none is defined.
      if (cursor.isAtList) throw new SyntaxFailure('there are no scope options')
      return parseMailboxFilter(cursor, session)
    })
    cursor.space()
  }
  const returns = parseReturns(cursor) ?? RETURN_ALL
  if (cursor.skipWord('CHARSET')) {
    cursor.space()
    if (!parseCharset(cursor)) return { filters, returns, node: null }
    cursor.space()
  }
  return { filters, returns, node: parseSearchKeys(cursor, session, returns) }
}

async function run(session: Session, { filters, returns, node }: Args): Promise<Completion> {
  const { selected } = session
  if (selected === null && filters.some(({ kind }) => kind === 'selected')) return bad('Select a mailbox first')
  if (node === null) {
    if (returns.names.has('SAVE')) session.savedUids = []
    return refuseCharset()
  }
  if (session.isUidOnly && usesNumbers(node)) return UID_REQUIRED
  const isSelectedOnly = filters.every(({ kind }) => kind === 'selected')
  if (!isSelectedOnly && (returns.names.has('SAVE') || usesNumbers(node) || usesSaved(node))) {
    return bad('SAVE, sequence numbers and $ are for the selected mailbox only')
  }
  const refusal = openUpdate(session, returns)
  if (refusal !== null) return refusal
  const hasModseq = asksModseq(node)
  if (hasModseq) enableCondstore(session)
  const isMeant = filterTest(filters, session)
  let hasSelected = false
  for (const { id } of session.account.mailboxes().filter(isMeant)) {
    // It may have changed, or gone, while another was searched.
    const mailbox = session.account.mailbox(id)
    if (mailbox === null) continue
    const told = selected !== null && selected.id === id ? selected : asItIs(session, mailbox)
    if (told === null) continue
    const rows = new SearchRows(session, told)
    const found = foundRows(await evaluate(node, rows, rows.all()))
    if (returns.names.has('SAVE')) saveResult(session, rows, found, returns)
    // RFC 7377 §2.1: nothing of mailboxes without results.
    if (found.length > 0) await writeEsearch(session, rows, found, returns, true, hasModseq, mailbox)
    if (returns.update !== null && told === selected) {
      // RFC 7377 §2.2: of the selected mailbox only.
      hasSelected = true
      const query = {
        tag: session.tag,
        isUid: true,
        namesMailbox: true,
        node,
        criteria: null,
        items: returns.update.items,
      }
      selected.contexts?.keep(session, rows, found, query)
    }
    await session.room()
    await rows.pause()
  }
  if (returns.update !== null && !hasSelected) selected?.contexts?.refuse(session, session.tag)
  return searched(node)
}

function asItIs(session: Session, mailbox: Mailbox): SelectedMailbox | null {
  const view = session.account.view(mailbox.id)
  if (view === null) return null
  const recent = session.shared.recentMarks.peek({ id: mailbox.id, uids: view.uids, count: view.count })
  return new SelectedMailbox(session.account, view, mailbox.uidValidity, true, recent)
}

export const esearch: Command<Args> = {
  name: 'ESEARCH',
  state: 'authenticated',
  mayExpunge: true,
  parse,
  run,
}
