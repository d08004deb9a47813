// An unlocked account with what all IMAP sessions on it share. One per account and vault process.

import type { Account } from '#account/account.ts'
import { FirstUnseen } from './first-unseen.ts'
import { FlagLists } from './flag-lists.ts'
import { MailboxEvents } from './mailbox-events.ts'
import { RecentMarks } from './recent-marks.ts'

export interface SharedAccount {
  readonly account: Account
  readonly flagLists: FlagLists
  readonly firstUnseen: FirstUnseen
  readonly recentMarks: RecentMarks
  readonly mailboxEvents: MailboxEvents
}

export function shareAccount(account: Account): SharedAccount {
  const flagLists = new FlagLists(account)
  return {
    account,
    flagLists,
    firstUnseen: new FirstUnseen(account, flagLists),
    recentMarks: new RecentMarks(),
    mailboxEvents: new MailboxEvents(account),
  }
}
