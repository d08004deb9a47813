// What LIST and LSUB choose from: the account's mailboxes, and names that are subscribed to without a mailbox.

import type { Account, Mailbox } from '#account/account.ts'
import { parentPath } from './mailbox-name.ts'
import { danglingSubscriptions } from './subscriptions.ts'

export interface ListEntry {
  readonly path: string
  /** Null for a name without a mailbox. */
  readonly mailbox: Mailbox | null
  readonly isSubscribed: boolean
  readonly hasChildren: boolean
}

/** INBOX first, then by path. */
export function listEntries(account: Account): ListEntry[] {
  const mailboxes = account.mailboxes()
  const parents = new Set(mailboxes.map(({ parent }) => parent))
  const entries: ListEntry[] = mailboxes.map((mailbox) => ({
    path: mailbox.path,
    mailbox,
    isSubscribed: mailbox.subscribed,
    hasChildren: parents.has(mailbox.id),
  }))
  for (const path of danglingSubscriptions(account)) {
    entries.push({ path, mailbox: null, isSubscribed: true, hasChildren: false })
  }
  return entries.sort((left, right) => rank(left) - rank(right) || (left.path < right.path ? -1 : 1))
}

function rank(entry: ListEntry): number {
  return entry.path === 'INBOX' ? 0 : 1
}

/** The paths above those of the entries chosen. */
export function ancestorsOf(entries: Iterable<ListEntry>): Set<string> {
  const ancestors = new Set<string>()
  for (const { path } of entries) {
    for (let above = parentPath(path); above !== null && !ancestors.has(above); above = parentPath(above)) {
      ancestors.add(above)
    }
  }
  return ancestors
}
