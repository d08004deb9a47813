// DELETE (RFC 9051 §6.3.5). A mailbox with others in it is not deleted; sessions that have a deleted one selected see it empty.

import { type Command, type Completion, no, ok } from './command.ts'
import { parseMailbox } from './mailbox-argument.ts'
import type { Session } from './session.ts'
import { changeDangling } from './subscriptions.ts'

async function run(session: Session, path: string): Promise<Completion> {
  const { account } = session
  const mailbox = account.mailboxByPath(path)
  if (mailbox === null) return no('There is no such mailbox', 'NONEXISTENT')
  if (mailbox.path === 'INBOX') return no('INBOX cannot be deleted', 'CANNOT')
  const hasChildren = account.mailboxes().some(({ parent }) => parent === mailbox.id)
  if (hasChildren) return no('There are mailboxes in it', 'HASCHILDREN')
  const [outcome] = await account.commit([
    { kind: 'destroyMailbox', mailbox: mailbox.id, destroyEmails: true },
    ...(mailbox.subscribed ? [changeDangling(account, mailbox.path, null)] : []),
  ])
  session.notifications?.forgetEvents(({ id, kind }) => id === mailbox.id && kind === 'deleted')
  return outcome?.applied === true ? ok('Deleted') : no('The mailbox was changed meanwhile', 'INUSE')
}

export const deleteCommand: Command<string> = {
  name: 'DELETE',
  state: 'authenticated',
  mayExpunge: true,
  changes: true,
  parse: parseMailbox,
  run,
}
