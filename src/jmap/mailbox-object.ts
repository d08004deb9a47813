// The Mailbox object (RFC 8621 §2).

import type { MailboxId } from '#base/ids.ts'
import type { Account, Mailbox } from '#account/account.ts'
import { formatMailboxId } from './ids.ts'
import type { ThreadCount } from './thread-counts.ts'

export const MAILBOX_PROPERTIES = [
  'id',
  'name',
  'parentId',
  'role',
  'sortOrder',
  'totalEmails',
  'unreadEmails',
  'totalThreads',
  'unreadThreads',
  'myRights',
  'isSubscribed',
] as const

export const COUNTS: readonly string[] = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads']

/** IMAP calls it INBOX; people read a name. */
export function mailboxName({ role, name }: Mailbox): string {
  return role === 'inbox' ? 'Inbox' : name
}

export function mailboxObject(
  account: Account,
  mailbox: Mailbox,
  threads: ThreadCount,
  isReadOnly: boolean,
): Readonly<Record<(typeof MAILBOX_PROPERTIES)[number], unknown>> {
  return {
    id: formatMailboxId(mailbox.id),
    name: mailboxName(mailbox),
    parentId: mailbox.parent === null ? null : formatMailboxId(mailbox.parent),
    role: mailbox.role,
    sortOrder: mailbox.sortOrder,
    totalEmails: mailbox.messages - mailbox.deleted,
    unreadEmails: unreadEmails(account, mailbox.id),
    totalThreads: threads.threads,
    unreadThreads: threads.unread,
    myRights: rightsOf(mailbox, !isReadOnly),
    isSubscribed: mailbox.subscribed,
  }
}

/** Neither seen nor a draft. */
function unreadEmails(account: Account, mailbox: MailboxId): number {
  let unread = 0
  for (const [flags, count] of account.view(mailbox)?.flagCounts ?? []) {
    const { keywords, deleted } = account.flagSet(flags)
    if (!deleted && !keywords.includes('$seen') && !keywords.includes('$draft')) unread += count
  }
  return unread
}

/** The owner's: everything, but INBOX stays what it is. An app password may be for reading alone. */
function rightsOf({ role }: Mailbox, mayChange: boolean): Record<string, boolean> {
  return {
    mayReadItems: true,
    mayAddItems: mayChange,
    mayRemoveItems: mayChange,
    maySetSeen: mayChange,
    maySetKeywords: mayChange,
    mayCreateChild: mayChange,
    mayRename: mayChange && role !== 'inbox',
    mayDelete: mayChange && role !== 'inbox',
    maySubmit: mayChange,
  }
}
