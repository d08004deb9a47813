// APPEND (RFC 9051 §6.3.12), with APPENDUID (RFC 4315 §3), of several messages (RFC 3502) and of parts of others (RFC 4469). A message goes to the
// account as it comes, and is never in memory here.

import { isAtOffer, parseAppendSegment } from './append-grammar.ts'
import { AppendSink, openAppend } from './append-sink.ts'
import { type Command, type Completion, type LiteralSink, no, ok } from './command.ts'
import { Cursor } from './cursor.ts'
import { parseMailbox } from './mailbox-argument.ts'
import type { Session } from './session.ts'

interface Args {
  readonly path: string
  /** What follows the name. */
  readonly rest: Buffer
}

const appended = (code: string): Completion => ok('Appended', code)

function openLiteral(session: Session, cursor: Cursor, sizeBytes: number): LiteralSink | Completion | null {
  const start = cursor.at
  cursor.space()
  // The mailbox's name may be a literal too.
  if (isAtOffer(cursor)) return null
  cursor.at = start
  const path = parseMailbox(cursor, session)
  const mailbox = session.account.mailboxByPath(path)
  if (mailbox !== null) {
    const sink = new AppendSink(session, { mailbox, isOneMessage: false, replaces: null }, appended)
    return openAppend(sink, cursor, sizeBytes)
  }
  const { next } = parseAppendSegment(cursor, 'first')
  return next === 'argument' ? null : no('There is no such mailbox', 'TRYCREATE')
}

/** Of a command without a message literal: everything is taken from other messages. */
async function run(session: Session, { path, rest }: Args): Promise<Completion> {
  const mailbox = session.account.mailboxByPath(path)
  if (mailbox === null) return no('There is no such mailbox', 'TRYCREATE')
  using sink = new AppendSink(session, { mailbox, isOneMessage: false, replaces: null }, appended)
  return await sink.finish(new Cursor(rest))
}

export const append: Command<Args> = {
  name: 'APPEND',
  state: 'authenticated',
  mayExpunge: true,
  changes: true,
  parse(cursor, session) {
    const path = parseMailbox(cursor, session)
    const rest = cursor.bytes.subarray(cursor.at)
    parseAppendSegment(cursor, 'first')
    return { path, rest }
  },
  run,
  openLiteral,
}
