// Operations on the list of mailboxes (docs/formats/journal.md §3, 1 to 3, and §3.1).

import type { MailboxId } from '#base/ids.ts'
import type { FoldContext } from './fold-context.ts'
import { leave } from './membership.ts'
import type { MailboxPatch, MailboxRole, Operation, Outcome } from './operation.ts'
import { type AccountState, INBOX, INBOX_NAME, type MailboxState, newMailbox } from './state.ts'

export const MAILBOXES_MAX = 10_000
export const NESTING_MAX = 32

type Planned<K extends Operation['kind']> = Extract<Operation, { kind: K }>
type Refusal = Extract<Outcome, { applied: false }>['reason']

function refused(reason: Refusal): Outcome {
  return { applied: false, reason }
}

/** 1 for a mailbox at the top. */
function depthOf(state: AccountState, mailbox: MailboxId | null): number {
  let depth = 0
  for (let at = mailbox; at !== null; at = state.mailboxes.get(at)?.parent ?? null) depth++
  return depth
}

/** 1 for a mailbox without children. */
function heightOf(state: AccountState, mailbox: MailboxId): number {
  let height = 0
  for (const child of state.childrenOf(mailbox)) height = Math.max(height, heightOf(state, child))
  return height + 1
}

function isWithin(state: AccountState, mailbox: MailboxId, ancestor: MailboxId): boolean {
  for (let at: MailboxId | null = mailbox; at !== null; at = state.mailboxes.get(at)?.parent ?? null) {
    if (at === ancestor) return true
  }
  return false
}

function takeRole(context: FoldContext, role: MailboxRole): void {
  const holder = context.state.byRole(role)
  if (holder === null) return
  holder.role = null
  holder.modseq = context.modseq
}

export function createMailbox(context: FoldContext, operation: Planned<'createMailbox'>): Outcome {
  const { state, changes, modseq } = context
  const { parent, name, role, subscribed } = operation
  const isFirst = state.nextMailbox === INBOX
  if (isFirst !== (role === 'inbox')) return refused('isInbox')
  if (isFirst && (parent !== null || name !== INBOX_NAME)) return refused('isInbox')
  if (parent !== null && !state.mailboxes.has(parent)) return refused('noSuchMailbox')
  if (state.childByName(parent, name) !== null) return refused('nameTaken')
  if (state.mailboxes.size >= MAILBOXES_MAX || depthOf(state, parent) >= NESTING_MAX) return refused('limit')
  if (role !== null) takeRole(context, role)
  const uidValidity = Math.max(operation.uidValidity, state.uidValidity + 1)
  state.uidValidity = uidValidity
  const id = state.nextMailbox++ as MailboxId
  state.attach(newMailbox({ id, parent, name, role, subscribed, sortOrder: 0, uidValidity, modseq }))
  changes.mailboxList = true
  return { applied: true, modseq, mailbox: id }
}

export function updateMailbox(context: FoldContext, operation: Planned<'updateMailbox'>): Outcome {
  const { state, changes, modseq } = context
  const mailbox = state.mailboxes.get(operation.mailbox)
  if (mailbox === undefined) return refused('noSuchMailbox')
  const { parent = mailbox.parent, name = mailbox.name, role = mailbox.role } = operation.patch
  const moves = parent !== mailbox.parent || name !== mailbox.name
  if (mailbox.id === INBOX && (moves || role !== 'inbox')) return refused('isInbox')
  if (mailbox.id !== INBOX && role === 'inbox') return refused('isInbox')
  if (moves) {
    const reason = whyNotMove(state, mailbox, parent, name)
    if (reason !== null) return refused(reason)
  }
  if (role !== null && role !== mailbox.role) takeRole(context, role)
  change(state, mailbox, { ...operation.patch, parent, name, role })
  mailbox.modseq = modseq
  changes.mailboxList = true
  return { applied: true, modseq }
}

function whyNotMove(
  state: AccountState,
  mailbox: MailboxState,
  parent: MailboxId | null,
  name: string,
): Refusal | null {
  if (parent !== null && !state.mailboxes.has(parent)) return 'noSuchMailbox'
  if (parent !== null && isWithin(state, parent, mailbox.id)) return 'cycle'
  const sibling = state.childByName(parent, name)
  if (sibling !== null && sibling !== mailbox.id) return 'nameTaken'
  return depthOf(state, parent) + heightOf(state, mailbox.id) > NESTING_MAX ? 'limit' : null
}

function change(
  state: AccountState,
  mailbox: MailboxState,
  patch: Required<Pick<MailboxPatch, 'parent' | 'name' | 'role'>> & MailboxPatch,
): void {
  state.detach(mailbox)
  mailbox.parent = patch.parent
  mailbox.name = patch.name
  mailbox.role = patch.role
  mailbox.subscribed = patch.subscribed ?? mailbox.subscribed
  mailbox.sortOrder = patch.sortOrder ?? mailbox.sortOrder
  state.attach(mailbox)
}

export function destroyMailbox(context: FoldContext, operation: Planned<'destroyMailbox'>): Outcome {
  const { state, changes, modseq } = context
  const mailbox = state.mailboxes.get(operation.mailbox)
  if (mailbox === undefined) return refused('noSuchMailbox')
  if (mailbox.id === INBOX) return refused('isInbox')
  if (state.hasChildren(mailbox.id)) return refused('hasChildren')
  const { count } = mailbox.columns
  if (count > 0 && !operation.destroyEmails) return refused('notEmpty')
  leave(
    context,
    mailbox,
    Array.from({ length: count }, (_, index) => index),
  )
  state.detach(mailbox)
  changes.mailboxDestroyed(mailbox.id)
  return { applied: true, modseq }
}
