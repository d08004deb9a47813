// Mailbox/changes (RFC 8621 §2.2). A mailbox also changes when its counts do, and its unread threads may change with an e-mail that is in another
// mailbox, but in a thread that it shows; and when another mailbox with e-mails of such a thread becomes the trash, or is it no more (§2, unreadThreads).

import * as v from 'valibot'
import type { MailboxId, Modseq, ThreadId } from '#base/ids.ts'
import { MAIL } from './capabilities.ts'
import type { Context } from './context.ts'
import { formatMailboxId } from './ids.ts'
import { COUNTS } from './mailbox-object.ts'
import { defineMethod } from './method.ts'
import { id, nullable, positive } from './schema.ts'
import { shownMailboxes, shownThread } from './shown.ts'
import { mailboxState, parseMailboxState, unknownState } from './state-strings.ts'

const EMAILS_AT_ONCE = 1000

export const changesSchema = v.strictObject({ accountId: id, sinceState: v.string(), maxChanges: nullable(positive) })

export const mailboxChanges = defineMethod('Mailbox/changes', MAIL, changesSchema, async (context, args) => {
  context.checkAccount(args.accountId)
  const { account } = context
  const newState = mailboxState(account)
  const since = parseMailboxState(account, args.sinceState)
  const changes = account.mailboxChangesSince(since.modseq)
  const changed = new Set<MailboxId>(changes.updated)
  await addMailboxesOfThreads(context, changed, since.modseq)
  const created = [...changed].filter((mailbox) => mailbox > since.last)
  const updated = [...changed].filter((mailbox) => mailbox <= since.last)
  const destroyed = changes.destroyed.filter((mailbox) => mailbox <= since.last)
  // There is no state between, for there is no order among mailboxes that changed with their counts.
  const limit = args.maxChanges ?? Infinity
  if (created.length + updated.length + destroyed.length > limit) throw unknownState()
  const countsOnly = updated.every((mailbox) => (account.mailbox(mailbox)?.modseq ?? 0) <= since.modseq)
  return {
    accountId: args.accountId,
    oldState: args.sinceState,
    newState,
    hasMoreChanges: false,
    created: format(created),
    updated: format(updated),
    destroyed: format(destroyed),
    updatedProperties: countsOnly && updated.length > 0 ? COUNTS : null,
  }
})

/** Those that show a thread of which some e-mail changed. An e-mail that has a thread for itself changed what is in its mailboxes, and no others. */
async function addMailboxesOfThreads(context: Context, changed: Set<MailboxId>, since: Modseq): Promise<void> {
  const { account } = context
  const mailboxes = account.mailboxes().length
  if (changed.size === mailboxes) return
  const { created, updated, destroyed } = account.changesSince(since)
  const lostSome = new Set(destroyed.map(({ thread }) => thread))
  const threads = new Set(lostSome)
  for (const mailbox of changed) {
    // Nobody knows what its role was before.
    if ((account.mailbox(mailbox)?.modseq ?? 0) > since) await addThreadsOf(context, mailbox, threads)
  }
  for (const { thread } of created) threads.add(thread)
  for (const { thread } of updated) threads.add(thread)
  for (const thread of threads) {
    if (account.thread(thread).length > 1 || lostSome.has(thread)) {
      for (const email of shownThread(account, thread)) {
        for (const mailbox of shownMailboxes(account, email)) changed.add(mailbox)
      }
    }
    if (changed.size === mailboxes) return
    await context.pause()
  }
}

async function addThreadsOf(context: Context, mailbox: MailboxId, threads: Set<ThreadId>): Promise<void> {
  const { account } = context
  const view = account.view(mailbox)
  if (view === null) return
  // A copy: others may change the view meanwhile.
  const emails = view.emails.slice(0, view.count)
  for (let at = 0; at < emails.length; at += EMAILS_AT_ONCE) {
    for (const thread of account.threads(emails.subarray(at, at + EMAILS_AT_ONCE))) {
      if (thread !== 0) threads.add(thread as ThreadId)
    }
    await context.pause()
  }
}

function format(mailboxes: MailboxId[]): string[] {
  return mailboxes.sort((a, b) => a - b).map(formatMailboxId)
}
