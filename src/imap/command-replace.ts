// REPLACE and UID REPLACE (RFC 8508): APPEND, and the end of the message that the new one takes the place of. Both are one record of the log,
// whether the new one is filed in the same mailbox or in another.

import { isAtOffer, parseAppendSegment } from './append-grammar.ts'
import { AppendSink, openAppend } from './append-sink.ts'
import { type Result, fail, ok as success } from '#base/result.ts'
import { type Command, type Completion, type LiteralSink, UID_REQUIRED, bad, no, ok } from './command.ts'
import { Cursor } from './cursor.ts'
import { parseMailbox } from './mailbox-argument.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import type { Session } from './session.ts'

interface Args {
  /** Infinity stands for `*`. */
  readonly number: number
  readonly path: string
  readonly rest: Buffer
}

function parseNumber(cursor: Cursor): number {
  cursor.space()
  return cursor.skip('*') ? Infinity : cursor.nonZeroNumber()
}

/** The UID of the message that is to be replaced. */
function uidOf(selected: SelectedMailbox, number: number, isUid: boolean): Result<number, Completion> {
  const last = isUid ? selected.largestUid() : selected.count
  const named = number === Infinity ? last : number
  if (!isUid && (named < 1 || named > selected.count)) return fail(bad('There is no message with that number'))
  const uid = isUid ? named : (selected.uids[named - 1] as number)
  if (selected.positionOf(uid) < 0) return fail(no('There is no message with that UID', 'NONEXISTENT'))
  const isThere = (selected.live()?.indexOf(uid) ?? -1) >= 0
  return isThere ? success(uid) : fail(no('The message was expunged', 'EXPUNGEISSUED'))
}

function sinkFor(session: Session, number: number, path: string, isUid: boolean): AppendSink | Completion {
  const { selected } = session
  if (selected === null) return bad('Select a mailbox first')
  if (!isUid && session.isUidOnly) return UID_REQUIRED
  if (selected.isReadOnly) return no('The mailbox is read-only', 'READ-ONLY')
  const uid = uidOf(selected, number, isUid)
  if (!uid.ok) return uid.error
  const mailbox = session.account.mailboxByPath(path)
  if (mailbox === null) return no('There is no such mailbox', 'TRYCREATE')
  const replaces = { kind: 'remove', mailbox: selected.id, set: [[uid.value, uid.value]] } as const
  return new AppendSink(session, { mailbox, isOneMessage: true, replaces }, (code) => {
    // RFC 8508 §4.3: before the EXPUNGE response that follows.
    session.out.line(`* OK [${code}] The new message is there`)
    return { ...ok('Replaced'), tellsModseq: true }
  })
}

function openLiteral(
  session: Session,
  cursor: Cursor,
  sizeBytes: number,
  isUid: boolean,
): LiteralSink | Completion | null {
  const number = parseNumber(cursor)
  const start = cursor.at
  cursor.space()
  if (isAtOffer(cursor)) return null
  cursor.at = start
  const sink = sinkFor(session, number, parseMailbox(cursor, session), isUid)
  if (sink instanceof AppendSink) return openAppend(sink, cursor, sizeBytes)
  return parseAppendSegment(cursor, 'first').next === 'argument' ? null : sink
}

function command(name: string, isUid: boolean): Command<Args> {
  return {
    name,
    state: 'selected',
    usesNumbers: !isUid,
    mayExpunge: true,
    changes: true,
    parse(cursor, session) {
      const number = parseNumber(cursor)
      const path = parseMailbox(cursor, session)
      const rest = cursor.bytes.subarray(cursor.at)
      parseAppendSegment(cursor, 'first')
      return { number, path, rest }
    },
    async run(session, { number, path, rest }) {
      const sink = sinkFor(session, number, path, isUid)
      if (!(sink instanceof AppendSink)) return sink
      using open = sink
      return await open.finish(new Cursor(rest))
    },
    openLiteral: (session, cursor, sizeBytes) => openLiteral(session, cursor, sizeBytes, isUid),
  }
}

export const replace = command('REPLACE', false)
export const uidReplace = command('UID REPLACE', true)
