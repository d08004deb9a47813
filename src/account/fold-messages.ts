// Operations that file, copy, move and remove messages (docs/formats/journal.md §3, 4, 7 to 9 and 11, and §3.2).

import type { EmailId, MailboxId, ThreadId } from '#base/ids.ts'
import type { FoldContext } from './fold-context.ts'
import { beginEmail, emailsOf, indexesOf, join, leave, uidIn } from './membership.ts'
import type { JournalOperation, Outcome } from './operation.ts'
import { INBOX, type MailboxState } from './state.ts'

type Planned<K extends JournalOperation['kind']> = Extract<JournalOperation, { kind: K }>
type Added = NonNullable<Extract<Outcome, { applied: true }>['added']>[number]

const NO_MAILBOX: Outcome = { applied: false, reason: 'noSuchMailbox' }

export function file(context: FoldContext, operation: Planned<'file'>): Outcome {
  const { state, records, modseq } = context
  const record = 'seq' in operation.record ? operation.record.seq : context.seq - operation.record.back
  if (record >= context.seq || !records.isMail(record)) return { applied: false, reason: 'noSuchRecord' }
  records.named(record)
  const mailboxes = existing(context, operation.mailboxes)
  const inbox = state.mailboxes.get(INBOX)
  if (mailboxes.length === 0 && operation.source === 'delivered' && inbox !== undefined) mailboxes.push(inbox)
  const [first, ...others] = mailboxes
  if (first === undefined) return NO_MAILBOX
  const flags = state.flagSets.intern([...new Set(operation.keywords)].sort())
  const { email, uid } = beginEmail(
    context,
    { record, flags, internalDate: operation.internalDate, thread: threadOf(context, operation.thread) },
    first,
  )
  const added: Added[] = [{ email, mailbox: first.id, uid, fromUid: null }]
  for (const mailbox of others) {
    added.push({ email, mailbox: mailbox.id, uid: join(context, email, mailbox), fromUid: null })
  }
  return { applied: true, modseq, email, added }
}

function existing(context: FoldContext, ids: readonly MailboxId[]): MailboxState[] {
  const mailboxes: MailboxState[] = []
  for (const id of new Set(ids)) {
    const mailbox = context.state.mailboxes.get(id)
    if (mailbox !== undefined) mailboxes.push(mailbox)
  }
  return mailboxes
}

function threadOf(context: FoldContext, thread: Planned<'file'>['thread']): ThreadId | null {
  if (thread === null) return null
  if (typeof thread === 'number') return thread < context.state.emails.next ? thread : null
  const email = context.filed[context.filed.length - thread.back] ?? null
  if (email === null) return null
  return (context.state.emails.get(email)?.thread ?? null) as ThreadId | null
}

export function remove(context: FoldContext, operation: Planned<'remove'>): Outcome {
  const mailbox = context.state.mailboxes.get(operation.mailbox)
  if (mailbox === undefined) return NO_MAILBOX
  leave(context, mailbox, indexesOf(mailbox.columns, operation.set))
  return { applied: true, modseq: context.modseq }
}

/** Makes the e-mail a member of `to`, or a copy of it if it is one. */
function add(context: FoldContext, email: EmailId, fromUid: number | null, to: MailboxState): Added {
  if (uidIn(context, email, to.id) < 0) {
    return { email, mailbox: to.id, uid: join(context, email, to), fromUid }
  }
  const row = context.state.emails.get(email)
  const fields = {
    record: row?.record ?? -1,
    flags: row?.flags ?? 0,
    internalDate: row?.internalDate ?? 0,
    thread: (row?.thread ?? null) as ThreadId | null,
  }
  const copy = beginEmail(context, fields, to)
  return { email: copy.email, mailbox: to.id, uid: copy.uid, fromUid }
}

export function addToMailbox(context: FoldContext, operation: Planned<'addToMailbox'>): Outcome {
  const { state, modseq } = context
  const to = state.mailboxes.get(operation.to)
  if (to === undefined) return NO_MAILBOX
  if (operation.from === null) {
    const added = emailsOf(context, operation.set).map((email) => add(context, email, null, to))
    return { applied: true, modseq, added }
  }
  const from = state.mailboxes.get(operation.from)
  if (from === undefined) return NO_MAILBOX
  const { columns } = from
  const added = indexesOf(columns, operation.set).map((index) =>
    add(context, columns.emails[index] as EmailId, columns.uids[index] as number, to),
  )
  return { applied: true, modseq, added }
}

export function move(context: FoldContext, operation: Planned<'move'>): Outcome {
  const { state, modseq } = context
  const from = state.mailboxes.get(operation.from)
  const to = state.mailboxes.get(operation.to)
  if (from === undefined || to === undefined) return NO_MAILBOX
  if (from === to) return { applied: true, modseq, added: [] }
  const { columns } = from
  const indexes = indexesOf(columns, operation.set)
  const added = indexes.map((index) =>
    add(context, columns.emails[index] as EmailId, columns.uids[index] as number, to),
  )
  leave(context, from, indexes)
  return { applied: true, modseq, added }
}

export function setMailboxes(context: FoldContext, operation: Planned<'setMailboxes'>): Outcome {
  const { state, modseq } = context
  const wanted = existing(context, operation.mailboxes)
  if (wanted.length === 0) return NO_MAILBOX
  const added: Added[] = []
  /** UIDs that end, by mailbox. */
  const ending = new Map<MailboxState, number[]>()
  for (const email of emailsOf(context, operation.emails)) {
    for (const mailbox of wanted) {
      if (uidIn(context, email, mailbox.id) >= 0) continue
      added.push({ email, mailbox: mailbox.id, uid: join(context, email, mailbox), fromUid: null })
    }
    for (const { mailbox: id, uid } of state.membershipsOf(email)) {
      const mailbox = state.mailboxes.get(id)
      if (mailbox === undefined || wanted.includes(mailbox)) continue
      const uids = ending.get(mailbox)
      if (uids === undefined) ending.set(mailbox, [uid])
      else uids.push(uid)
    }
  }
  for (const [mailbox, uids] of ending) {
    const indexes = uids.sort((a, b) => a - b).map((uid) => mailbox.columns.indexOf(uid))
    leave(context, mailbox, indexes)
  }
  return { applied: true, modseq, added }
}
