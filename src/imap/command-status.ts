// STATUS (RFC 9051 §6.3.11).

import { type Command, no, ok } from './command.ts'
import { parseMailbox } from './mailbox-argument.ts'
import { type StatusItem, parseStatusItems, writeStatus } from './status-items.ts'

interface Args {
  readonly path: string
  readonly items: readonly StatusItem[]
}

export const status: Command<Args> = {
  name: 'STATUS',
  state: 'authenticated',
  mayExpunge: true,
  parse(cursor, session) {
    const path = parseMailbox(cursor, session)
    cursor.space()
    return { path, items: parseStatusItems(cursor) }
  },
  run(session, { path, items }) {
    const mailbox = session.account.mailboxByPath(path)
    if (mailbox === null) return no('There is no such mailbox', 'NONEXISTENT')
    writeStatus(session, mailbox, items)
    return ok('That is all')
  },
}
