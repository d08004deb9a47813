// Operations on flags (docs/formats/journal.md §3, 5 and 6, and §3.3). They run down the columns: one pass, and per message no more
// than a few array accesses.

import type { EmailId, MailboxId } from '#base/ids.ts'
import { withDeleted } from './flag-sets.ts'
import type { FoldContext } from './fold-context.ts'
import { emailsOf, indexesOf } from './membership.ts'
import type { Operation, Outcome } from './operation.ts'
import type { MailboxState } from './state.ts'
import { noteVisibility } from './visibility.ts'

type Planned<K extends Operation['kind']> = Extract<Operation, { kind: K }>

export function changeKeywords(context: FoldContext, operation: Planned<'changeKeywords'>): Outcome {
  return operation.mailbox === null
    ? changeByEmail(context, operation)
    : changeByUid(context, operation, operation.mailbox)
}

function changeByUid(context: FoldContext, operation: Planned<'changeKeywords'>, id: MailboxId): Outcome {
  const { state, changes, modseq } = context
  const mailbox = state.mailboxes.get(id)
  if (mailbox === undefined) return { applied: false, reason: 'noSuchMailbox' }
  const { emails, extras } = state
  const { columns } = mailbox
  const changed = state.flagSets.change(operation.mode, operation.keywords)
  const limit = operation.unchangedSince ?? Infinity
  const refused: number[] = []
  for (const index of indexesOf(columns, operation.set)) {
    const uid = columns.uids[index] as number
    if ((columns.modseqs[index] as number) > limit) {
      refused.push(uid)
      continue
    }
    const before = columns.flags[index] as number
    const after = changed(before & ~1)
    if (after === (before & ~1)) continue
    const email = columns.emails[index] as EmailId
    const chunk = emails.chunkOf(email)
    if (chunk === null) continue
    const row = emails.row(email)
    chunk.flags[row] = after
    chunk.modseqs[row] = modseq
    emails.touch(email)
    setFlagsAt(context, mailbox, index, after | (before & 1))
    changes.changed(id, uid, email)
    if (extras.size > 0 && extras.has(email)) tellOtherMailboxes(context, email, after, id)
  }
  return { applied: true, modseq, ...(refused.length > 0 ? { refused } : {}) }
}

function changeByEmail(context: FoldContext, operation: Planned<'changeKeywords'>): Outcome {
  const { state, modseq } = context
  const { emails } = state
  const changed = state.flagSets.change(operation.mode, operation.keywords)
  const limit = operation.unchangedSince ?? Infinity
  const refused: number[] = []
  for (const email of emailsOf(context, operation.set)) {
    const chunk = emails.chunkOf(email)
    if (chunk === null) continue
    const row = emails.row(email)
    if ((chunk.modseqs[row] as number) > limit) {
      refused.push(email)
      continue
    }
    const after = changed(chunk.flags[row] as number)
    if (after === chunk.flags[row]) continue
    chunk.flags[row] = after
    chunk.modseqs[row] = modseq
    emails.touch(email)
    tellOtherMailboxes(context, email, after, null)
  }
  return { applied: true, modseq, ...(refused.length > 0 ? { refused } : {}) }
}

/** Carries an e-mail's new keywords to its memberships, but in `except`. */
function tellOtherMailboxes(context: FoldContext, email: EmailId, flags: number, except: MailboxId | null): void {
  for (const { mailbox: id, uid } of context.state.membershipsOf(email)) {
    const mailbox = context.state.mailboxes.get(id)
    if (id === except || mailbox === undefined) continue
    const index = mailbox.columns.indexOf(uid)
    setFlagsAt(context, mailbox, index, flags | ((mailbox.columns.flags[index] as number) & 1))
    context.changes.changed(id, uid, email)
  }
}

function setFlagsAt(context: FoldContext, mailbox: MailboxState, index: number, flags: number): void {
  const { columns } = mailbox
  columns.countFlags(columns.flags[index] as number, -1)
  columns.countFlags(flags, 1)
  columns.setFlags(index, flags, context.modseq)
  mailbox.highestModseq = context.modseq
}

export function markDeleted(context: FoldContext, operation: Planned<'markDeleted'>): Outcome {
  const { state, changes, modseq } = context
  const mailbox = state.mailboxes.get(operation.mailbox)
  if (mailbox === undefined) return { applied: false, reason: 'noSuchMailbox' }
  const { columns } = mailbox
  const limit = operation.unchangedSince ?? Infinity
  const refused: number[] = []
  for (const index of indexesOf(columns, operation.set)) {
    const uid = columns.uids[index] as number
    if ((columns.modseqs[index] as number) > limit) {
      refused.push(uid)
      continue
    }
    const before = columns.flags[index] as number
    const after = withDeleted(before, operation.deleted)
    if (after === before) continue
    const email = columns.emails[index] as EmailId
    noteVisibility(context, email, true)
    setFlagsAt(context, mailbox, index, after)
    changes.changed(mailbox.id, uid, email)
  }
  return { applied: true, modseq, ...(refused.length > 0 ? { refused } : {}) }
}
