// The steps that operations on messages are made of: an e-mail begins, becomes a member of a mailbox, and leaves it; with its last
// membership it ends.

import type { EmailId, MailboxId, ThreadId } from '#base/ids.ts'
import { assert } from '#base/assert.ts'
import type { FoldContext } from './fold-context.ts'
import type { MailboxColumns } from './mailbox-columns.ts'
import type { RangeSet } from './operation.ts'
import type { MailboxState } from './state.ts'
import { isVisible, noteVisibility } from './visibility.ts'

export interface NewEmail {
  readonly record: number
  readonly flags: number
  readonly internalDate: number
  /** Null: its own. */
  readonly thread: ThreadId | null
}

/** A new e-mail, a member of `mailbox`. */
export function beginEmail(
  context: FoldContext,
  fields: NewEmail,
  mailbox: MailboxState,
): { readonly email: EmailId; readonly uid: number } {
  const { emails } = context.state
  const email = emails.next++ as EmailId
  const uid = mailbox.columns.append(email, fields.flags, context.modseq)
  const sizeBytes = context.records.sizeOf(fields.record)
  emails.put(email, {
    home: mailbox.id,
    homeUid: uid,
    flags: fields.flags,
    thread: fields.thread ?? email,
    sizeBytes,
    modseq: context.modseq,
    createdModseq: context.modseq,
    internalDate: fields.internalDate,
    record: fields.record,
  })
  mailbox.sizeBytes += sizeBytes
  mailbox.highestModseq = context.modseq
  context.changes.began(email)
  context.changes.added(mailbox.id, uid, email)
  context.records.began(fields.record, email)
  return { email, uid }
}

/** Makes a live e-mail, which is not one yet, a member of `mailbox`; returns the UID. */
export function join(context: FoldContext, email: EmailId, mailbox: MailboxState): number {
  const { emails } = context.state
  const chunk = emails.chunkOf(email)
  assert(chunk !== null, 'a live e-mail')
  const row = emails.row(email)
  if (!isVisible(context.state, email)) noteVisibility(context, email, false)
  const uid = mailbox.columns.append(email, chunk.flags[row] as number, context.modseq)
  context.state.addExtra(email, { mailbox: mailbox.id, uid })
  chunk.modseqs[row] = context.modseq
  emails.touch(email)
  mailbox.sizeBytes += chunk.sizes[row] as number
  mailbox.highestModseq = context.modseq
  context.changes.added(mailbox.id, uid, email)
  return uid
}

/** The e-mail's UID in `mailbox`, or -1. */
export function uidIn(context: FoldContext, email: EmailId, mailbox: MailboxId): number {
  const { emails, extras } = context.state
  const chunk = emails.chunkOf(email)
  if (chunk === null) return -1
  const row = emails.row(email)
  if (chunk.homes[row] === mailbox) return chunk.homeUids[row] as number
  return extras.get(email)?.find((membership) => membership.mailbox === mailbox)?.uid ?? -1
}

/** Ends the memberships at `indexes`, which increase. */
export function leave(context: FoldContext, mailbox: MailboxState, indexes: readonly number[]): void {
  if (indexes.length === 0) return
  const { columns } = mailbox
  for (const index of indexes) {
    const email = columns.emails[index] as EmailId
    mailbox.sizeBytes -= context.state.emails.get(email)?.sizeBytes ?? 0
    context.changes.removed(mailbox.id, columns.uids[index] as number, email)
    noteVisibility(context, email, false)
    leaveOne(context, email, mailbox.id)
  }
  columns.remove(indexes)
  mailbox.highestModseq = context.modseq
}

function leaveOne(context: FoldContext, email: EmailId, mailbox: MailboxId): void {
  const { emails, extras } = context.state
  const chunk = emails.chunkOf(email)
  assert(chunk !== null, 'a live e-mail')
  const row = emails.row(email)
  const others = extras.get(email)
  if (others === undefined) {
    const record = chunk.records[row] as number
    emails.remove(email)
    context.records.ended(record, email)
    return
  }
  if (chunk.homes[row] === mailbox) {
    const home = others.shift()
    assert(home !== undefined, 'another membership')
    chunk.homes[row] = home.mailbox
    chunk.homeUids[row] = home.uid
  } else {
    const at = others.findIndex((membership) => membership.mailbox === mailbox)
    others.splice(at, 1)
  }
  if (others.length === 0) extras.delete(email)
  chunk.modseqs[row] = context.modseq
  emails.touch(email)
}

/** Positions of the UIDs of `set` that are there now, increasing. */
export function indexesOf(columns: MailboxColumns, set: RangeSet): number[] {
  const indexes: number[] = []
  for (const [first, last] of set) {
    for (let index = columns.lowerBound(first); index < columns.count; index++) {
      if ((columns.uids[index] as number) > last) break
      indexes.push(index)
    }
  }
  return indexes
}

/** The live e-mails of `set`, increasing. */
export function emailsOf(context: FoldContext, set: RangeSet): EmailId[] {
  const { emails } = context.state
  const found: EmailId[] = []
  for (const [first, last] of set) {
    const end = Math.min(last, emails.next - 1)
    for (let id = first; id <= end; id++) if (emails.has(id)) found.push(id as EmailId)
  }
  return found
}
