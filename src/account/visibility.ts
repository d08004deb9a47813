// Which e-mails JMAP shows: those with a membership that IMAP has not marked \Deleted (RFC 8621 §4.1.1). An e-mail can go out of sight and come
// back without being changed (docs/formats/journal.md §3.3), so that what a journal record did to its visibility is kept as an event, beside
// what the columns tell.

import type { EmailId } from '#base/ids.ts'
import type { FoldContext } from './fold-context.ts'
import type { AccountState, Membership } from './state.ts'

/** `gone`: destroyed, or marked \Deleted everywhere. `shown`: again. `altered`: in sight as before, but marks came or went. */
export type VisibilityKind = 'gone' | 'shown' | 'altered'

export interface VisibilityEvent {
  readonly kind: VisibilityKind
  readonly email: EmailId
  readonly thread: number
}

/** How an e-mail was before the journal record. */
export interface Before {
  readonly visible: boolean
  readonly thread: number
  /** The record sets or removes marks. */
  isMarked: boolean
}

/** True unless IMAP has marked the membership \Deleted. */
function isShown(state: AccountState, { mailbox, uid }: Membership): boolean {
  const columns = state.mailboxes.get(mailbox)?.columns
  return columns !== undefined && ((columns.flags[columns.indexOf(uid)] as number) & 1) === 0
}

export function isVisible(state: AccountState, email: EmailId): boolean {
  return state.membershipsOf(email).some((membership) => isShown(state, membership))
}

/** To be called before a change that may take the live e-mail out of sight or bring it back. `isMarked`: it sets or removes a mark. */
export function noteVisibility({ state, changes }: FoldContext, email: EmailId, isMarked: boolean): void {
  const known = changes.before.get(email)
  if (known !== undefined) known.isMarked ||= isMarked
  else if (!changes.begun.has(email)) {
    const thread = state.emails.get(email)?.thread ?? email
    changes.before.set(email, { visible: isVisible(state, email), thread, isMarked })
  }
}

/** What the record has done in the end, in the order of ids. */
export function visibilityEvents({ state, changes }: FoldContext): VisibilityEvent[] {
  const events: VisibilityEvent[] = []
  for (const [email, { visible, thread, isMarked }] of changes.before) {
    const isNow = isVisible(state, email)
    if (visible && !isNow) events.push({ kind: 'gone', email, thread })
    else if (!visible && isNow) events.push({ kind: 'shown', email, thread })
    else if (isNow && isMarked) events.push({ kind: 'altered', email, thread })
  }
  // What is filed and marked \Deleted at once comes into sight later, if it does.
  for (const email of changes.begun) {
    const row = state.emails.get(email)
    if (row !== null && !isVisible(state, email)) events.push({ kind: 'gone', email, thread: row.thread })
  }
  return events.sort((a, b) => a.email - b.email)
}
