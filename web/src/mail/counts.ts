// How the numbers beside the mailboxes move with a change that the server has not confirmed yet (RFC 8621 §2: an unread thread has an e-mail in
// the mailbox, and one anywhere that is neither seen nor a draft).

import type { Email, Id, Mailbox } from '#web/jmap/types.ts'

export function isUnread({ keywords }: Email): boolean {
  return keywords['$seen'] !== true && keywords['$draft'] !== true
}

/** The mailboxes whose numbers change when a thread's e-mails become others. */
export function recount(
  mailboxes: ReadonlyMap<Id, Mailbox>,
  before: readonly Email[],
  after: readonly Email[],
): Mailbox[] {
  const touched = new Set([...before, ...after].flatMap((email) => Object.keys(email.mailboxIds)))
  const changed: Mailbox[] = []
  for (const id of touched) {
    const mailbox = mailboxes.get(id)
    if (mailbox === undefined) continue
    const from = countIn(id, before)
    const to = countIn(id, after)
    changed.push({
      ...mailbox,
      totalEmails: Math.max(0, mailbox.totalEmails + to.emails - from.emails),
      unreadEmails: Math.max(0, mailbox.unreadEmails + to.unread - from.unread),
      totalThreads: Math.max(0, mailbox.totalThreads + to.threads - from.threads),
      unreadThreads: Math.max(0, mailbox.unreadThreads + to.unreadThreads - from.unreadThreads),
    })
  }
  return changed
}

function countIn(
  mailbox: Id,
  thread: readonly Email[],
): Record<'emails' | 'unread' | 'threads' | 'unreadThreads', number> {
  const within = thread.filter((email) => email.mailboxIds[mailbox] === true)
  const threads = within.length > 0 ? 1 : 0
  return {
    emails: within.length,
    unread: within.filter(isUnread).length,
    threads,
    unreadThreads: threads === 1 && thread.some(isUnread) ? 1 : 0,
  }
}
