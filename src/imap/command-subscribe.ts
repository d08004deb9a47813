// SUBSCRIBE and UNSUBSCRIBE (RFC 9051 §6.3.7, §6.3.8).

import { type Command, type Completion, no, ok } from './command.ts'
import { parseMailbox } from './mailbox-argument.ts'
import type { Session } from './session.ts'
import { changeDangling, danglingSubscriptions } from './subscriptions.ts'

async function run(session: Session, path: string, subscribed: boolean): Promise<Completion> {
  const { account } = session
  const text = subscribed ? 'Subscribed' : 'Unsubscribed'
  const mailbox = account.mailboxByPath(path)
  if (mailbox === null) {
    if (!danglingSubscriptions(account).includes(path)) return no('There is no such mailbox', 'NONEXISTENT')
    if (!subscribed) await account.commit([changeDangling(account, null, path)])
    forgetOwn(session, path)
    return ok(text)
  }
  if (mailbox.subscribed !== subscribed) {
    await account.commit([{ kind: 'updateMailbox', mailbox: mailbox.id, patch: { subscribed } }])
  }
  forgetOwn(session, path)
  return ok(text)
}

function forgetOwn({ notifications }: Session, path: string): void {
  notifications?.forgetEvents((event) => event.kind === 'subscription' && event.path === path)
}

export const subscribe: Command<string> = {
  name: 'SUBSCRIBE',
  state: 'authenticated',
  mayExpunge: true,
  changes: true,
  parse: parseMailbox,
  run: (session, path) => run(session, path, true),
}

export const unsubscribe: Command<string> = {
  ...subscribe,
  name: 'UNSUBSCRIBE',
  run: (session, path) => run(session, path, false),
}
