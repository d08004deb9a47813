// RENAME (RFC 9051 §6.3.6). Mailboxes below move with theirs. Renaming INBOX moves its messages into a new mailbox and leaves INBOX
// and what is below it where they are.

import type { MailboxId } from '#base/ids.ts'
import { type Result, ok as succeed } from '#base/result.ts'
import { type Command, type Completion, no, ok } from './command.ts'
import { createPath } from './create-path.ts'
import type { Cursor } from './cursor.ts'
import { parseMailbox } from './mailbox-argument.ts'
import { DELIMITER, isValidPath, lastComponent, parentPath } from './mailbox-name.ts'
import type { Session } from './session.ts'

interface Args {
  readonly from: string
  readonly to: string
}

const ALL_UIDS = [[1, 0xffff_ffff]] as const

function parse(cursor: Cursor, session: Session): Args {
  const from = parseMailbox(cursor, session)
  const to = parseMailbox(cursor, session)
  return { from, to: to.endsWith(DELIMITER) ? to.slice(0, -1) : to }
}

async function run(session: Session, { from, to }: Args): Promise<Completion> {
  const { account } = session
  const source = account.mailboxByPath(from)
  if (source === null) return no('There is no such mailbox', 'NONEXISTENT')
  if (source.path === 'INBOX') return renameInbox(session, source.id, to)
  if (account.mailboxByPath(to) !== null) return no('There is a mailbox of that name', 'ALREADYEXISTS')
  if (!isValidPath(to) || to.startsWith(`${source.path}${DELIMITER}`)) {
    return no('A mailbox cannot have that name', 'CANNOT')
  }
  const parent = await existingOrNew(session, parentPath(to))
  if (!parent.ok) return parent.error
  const [outcome] = await account.commit([
    { kind: 'updateMailbox', mailbox: source.id, patch: { parent: parent.value, name: lastComponent(to) } },
  ])
  session.notifications?.forgetEvents(({ id, kind }) => id === source.id && kind === 'renamed')
  return outcome?.applied === true ? ok('Renamed') : no('The mailbox cannot have that name now', 'CANNOT')
}

async function existingOrNew(session: Session, path: string | null): Promise<Result<MailboxId | null, Completion>> {
  if (path === null) return succeed(null)
  const existing = session.account.mailboxByPath(path)
  return existing === null ? createPath(session, path, null) : succeed(existing.id)
}

async function renameInbox(session: Session, inbox: MailboxId, to: string): Promise<Completion> {
  const created = await createPath(session, to, null)
  if (!created.ok) return created.error
  const [outcome] = await session.account.commit([{ kind: 'move', from: inbox, set: ALL_UIDS, to: created.value }])
  return outcome?.applied === true ? ok('The messages of INBOX were moved') : no('The messages stay in INBOX', 'INUSE')
}

export const rename: Command<Args> = {
  name: 'RENAME',
  state: 'authenticated',
  mayExpunge: true,
  changes: true,
  parse,
  run,
}
