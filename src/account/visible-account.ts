// Everything that a session sees of an account, through `Account` alone, in the form of `visible-state.ts`.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { Account, MailboxView } from './account.ts'

export function visibleAccount(account: Account, settings: readonly string[]): unknown {
  const emails = new Set<EmailId>()
  const mailboxes = account.mailboxes().map((mailbox) => {
    const view = account.view(mailbox.id)
    for (let index = 0; index < (view?.count ?? 0); index++) emails.add(view?.emails[index] as EmailId)
    const { id, parent, name, role, subscribed, sortOrder, uidValidity, uidNext, highestModseq } = mailbox
    return {
      id,
      parent,
      name,
      role,
      subscribed,
      sortOrder,
      uidValidity,
      uidNext,
      highestModseq,
      counts: [mailbox.messages, mailbox.unseen, mailbox.deleted],
      members: view === null ? [] : members(account, view),
    }
  })
  return {
    mailboxes,
    emails: [...emails].sort((a, b) => a - b).map((id) => visibleEmail(account, id)),
    settings: settings.map((key) => [key, account.setting(key)]).filter(([, value]) => value !== null),
  }
}

function members(account: Account, view: MailboxView): unknown[] {
  return Array.from({ length: view.count }, (_, index) => {
    const { keywords, deleted } = account.flagSet(view.flags[index] as number)
    return { uid: view.uids[index], email: view.emails[index], keywords, deleted, modseq: view.modseqs[index] }
  })
}

function visibleEmail(account: Account, id: EmailId): unknown {
  const email = account.email(id)
  return {
    id,
    record: undefined,
    internalDate: email?.internalDate,
    thread: email?.thread,
    keywords: email?.keywords,
    modseq: email?.modseq,
    memberships: account.uidsOf(id).map(({ mailbox, uid }) => [mailbox as MailboxId, uid]),
  }
}
