// CREATE (RFC 9051 §6.3.4), with CREATE-SPECIAL-USE (RFC 6154 §5.3) and MAILBOXID (RFC 8474 §4.1).

import { formatMailboxId } from '#base/object-ids.ts'
import type { MailboxRole } from '#account/operation.ts'
import { type Command, type Completion, no, ok } from './command.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { createPath } from './create-path.ts'
import { parseMailbox } from './mailbox-argument.ts'
import { DELIMITER } from './mailbox-name.ts'
import type { Session } from './session.ts'
import { roleOf } from './special-use.ts'

interface Args {
  readonly path: string
  readonly uses: readonly string[]
}

function parse(cursor: Cursor, session: Session): Args {
  const path = parseMailbox(cursor, session)
  let uses: string[] = []
  if (cursor.skip(' ')) {
    cursor.expect('(')
    if (!cursor.skipWord('USE')) throw new SyntaxFailure('USE is the only parameter')
    cursor.space()
    uses = cursor.list(() => {
      cursor.expect('\\')
      return `\\${cursor.atom()}`
    }, 0)
    cursor.expect(')')
  }
  return { path, uses }
}

async function run(session: Session, { path, uses }: Args): Promise<Completion> {
  const role = roleFor(session, uses)
  if (role === undefined) return no('The mailbox cannot have that use', 'USEATTR')
  // A delimiter at the end says that mailboxes will be created below: here every mailbox may have some.
  const created = await createPath(session, path.endsWith(DELIMITER) ? path.slice(0, -1) : path, role)
  return created.ok ? ok('Created', `MAILBOXID (${formatMailboxId(created.value)})`) : created.error
}

/** Undefined if there can be no such mailbox: an unknown use, more than one, or one that another mailbox has. */
function roleFor(session: Session, uses: readonly string[]): MailboxRole | null | undefined {
  if (uses.length === 0) return null
  const role = uses.length === 1 ? roleOf(uses[0] as string) : null
  return role === null || session.account.mailboxByRole(role) !== null ? undefined : role
}

export const create: Command<Args> = {
  name: 'CREATE',
  state: 'authenticated',
  mayExpunge: true,
  changes: true,
  parse,
  run,
}
