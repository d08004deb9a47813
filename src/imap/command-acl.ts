// Access control lists (RFC 4314 §3): MYRIGHTS, GETACL, LISTRIGHTS, SETACL, DELETEACL. The list of each mailbox has its owner with all rights, and
// cannot be changed: what would change it is refused, what says how it is anyway is done.

import { asciiText } from '#base/bytes.ts'
import type { Mailbox } from '#account/account.ts'
import { writeAstring } from './astring.ts'
import { type Command, type Completion, no, ok } from './command.ts'
import { READ_ONLY } from './commit-refusal.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { parseMailbox } from './mailbox-argument.ts'
import { renderMailboxName } from './mailbox-name.ts'
import { isRight, mayAdminister, ownerRights, rightsOf } from './rights.ts'
import type { Session } from './session.ts'

const MISSING = no('There is no such mailbox', 'NONEXISTENT')
const FIXED = no('The rights are those of the owner, and nobody else can have any', 'CANNOT')
const DONE = ok('That is all')

interface Args {
  readonly path: string
  /** Null: the command has none. */
  readonly identifier: string | null
  readonly change: { readonly mode: '+' | '-' | '='; readonly rights: string } | null
}

function parseIdentifier(cursor: Cursor): string {
  cursor.space()
  return cursor.text()
}

function parseChange(cursor: Cursor): NonNullable<Args['change']> {
  cursor.space()
  const text = asciiText(cursor.astring())
  const mode = text.startsWith('+') ? '+' : text.startsWith('-') ? '-' : '='
  const rights = mode === '=' ? text : text.slice(1)
  // RFC 4314 §3.1: unknown ones are the client's mistake.
  if (!Array.from(rights).every(isRight)) throw new SyntaxFailure('there is no such right')
  return { mode, rights }
}

function writeRights(session: Session, name: string, mailbox: Mailbox, rest: () => void): void {
  session.out.text(`* ${name} `)
  session.out.bytes(renderMailboxName(mailbox.path, session.isUtf8))
  rest()
  session.out.line('')
}

export function writeMyRights(session: Session, mailbox: Mailbox): void {
  writeRights(session, 'MYRIGHTS', mailbox, () => session.out.text(` ${rightsOf(session, mailbox)}`))
}

function isOwner({ account }: Session, identifier: string): boolean {
  return identifier.toLowerCase() === account.address.toLowerCase()
}

function getAcl(session: Session, mailbox: Mailbox): Completion {
  writeRights(session, 'ACL', mailbox, () => {
    session.out.text(' ')
    writeAstring(session.out, Buffer.from(session.account.address, 'utf8'))
    session.out.text(` ${ownerRights(mailbox)}`)
  })
  return DONE
}

/** What is granted always, and what can be (nothing). */
function listRights(session: Session, mailbox: Mailbox, identifier: string): Completion {
  writeRights(session, 'LISTRIGHTS', mailbox, () => {
    session.out.text(' ')
    writeAstring(session.out, Buffer.from(identifier, 'utf8'))
    session.out.text(` ${isOwner(session, identifier) ? ownerRights(mailbox) : '""'}`)
  })
  return DONE
}

function setAcl(session: Session, mailbox: Mailbox, identifier: string, change: Args['change']): Completion {
  const now = isOwner(session, identifier) ? ownerRights(mailbox) : ''
  const { mode, rights } = change ?? { mode: '=', rights: '' }
  const [given, had] = [Array.from(rights), Array.from(now)]
  const has = (right: string): boolean => now.includes(right)
  const isSo =
    mode === '-' ? !given.some(has) : given.every(has) && (mode === '+' || had.every((right) => rights.includes(right)))
  return isSo ? ok('So it is') : FIXED
}

function command(
  name: string,
  parts: 'mailbox' | 'identifier' | 'rights',
  run: (session: Session, mailbox: Mailbox, args: Args) => Completion,
): Command<Args> {
  return {
    name,
    state: 'authenticated',
    mayExpunge: true,
    parse(cursor, session) {
      const path = parseMailbox(cursor, session)
      const identifier = parts === 'mailbox' ? null : parseIdentifier(cursor)
      return { path, identifier, change: parts === 'rights' ? parseChange(cursor) : null }
    },
    run(session, args) {
      if (name !== 'MYRIGHTS' && !mayAdminister(session)) return READ_ONLY
      const mailbox = session.account.mailboxByPath(args.path)
      return mailbox === null ? MISSING : run(session, mailbox, args)
    },
  }
}

export const myRights = command('MYRIGHTS', 'mailbox', (session, mailbox) => {
  writeMyRights(session, mailbox)
  return DONE
})
export const getAclCommand = command('GETACL', 'mailbox', getAcl)
export const listRightsCommand = command('LISTRIGHTS', 'identifier', (session, mailbox, { identifier }) =>
  listRights(session, mailbox, identifier ?? ''),
)
export const setAclCommand = command('SETACL', 'rights', (session, mailbox, { identifier, change }) =>
  setAcl(session, mailbox, identifier ?? '', change),
)
export const deleteAcl = command('DELETEACL', 'identifier', (session, mailbox, { identifier }) =>
  setAcl(session, mailbox, identifier ?? '', null),
)
