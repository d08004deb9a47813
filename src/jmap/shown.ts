// Where e-mails are, as JMAP shows it: a membership that IMAP has marked \Deleted is not there (RFC 8621 §4.1.1).

import type { EmailId, MailboxId, ThreadId } from '#base/ids.ts'
import type { Account } from '#account/account.ts'

export interface Membership {
  readonly mailbox: MailboxId
  readonly uid: number
  readonly isShown: boolean
}

export function membershipsOf(account: Account, email: EmailId): Membership[] {
  return account.uidsOf(email).map(({ mailbox, uid }) => {
    const view = account.view(mailbox)
    const flags = view === null ? undefined : view.flags[view.indexOf(uid)]
    return { mailbox, uid, isShown: flags !== undefined && !account.flagSet(flags).deleted }
  })
}

/** In the order of their ids; none for an e-mail that is not there. */
export function shownMailboxes(account: Account, email: EmailId): MailboxId[] {
  return membershipsOf(account, email)
    .filter(({ isShown }) => isShown)
    .map(({ mailbox }) => mailbox)
}

/** Null: anywhere. */
export function isShownIn(account: Account, email: EmailId, mailbox: MailboxId | null): boolean {
  const shown = shownMailboxes(account, email)
  return mailbox === null ? shown.length > 0 : shown.includes(mailbox)
}

/** Those of its e-mails that are to be seen, the oldest first. */
export function shownThread(account: Account, thread: number): readonly EmailId[] {
  const all = account.thread(thread as ThreadId)
  const shown = all.filter((email) => isShownIn(account, email, null))
  return shown.length === all.length ? all : shown
}
