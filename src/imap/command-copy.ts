// COPY and MOVE (RFC 9051 §6.4.7, §6.4.8; RFC 6851), with COPYUID (RFC 4315 §3).
//
// A copy shares its e-mail with the original, so keywords are the same by nature; `\Deleted` belongs to the membership and is not
// copied. Each is one operation of the log: all of it is done, or nothing.

import { type Command, type Completion, no, ok } from './command.ts'
import { type Cursor } from './cursor.ts'
import { parseMailbox } from './mailbox-argument.ts'
import { resolveSet, selectedOf } from './message-set.ts'
import { type SequenceSet, formatNumbersInOrder, parseSequenceSet } from './sequence-set.ts'
import type { Session } from './session.ts'

interface Args {
  readonly set: SequenceSet
  readonly path: string
}

function parse(cursor: Cursor, session: Session): Args {
  cursor.space()
  const set = parseSequenceSet(cursor)
  return { set, path: parseMailbox(cursor, session) }
}

async function run(session: Session, { set, path }: Args, isUid: boolean, isMove: boolean): Promise<Completion> {
  const selected = selectedOf(session)
  if (isMove && selected.isReadOnly) return no('The mailbox is read-only', 'READ-ONLY')
  const spans = resolveSet(session, selected, set, isUid)
  if (!spans.ok) return spans.error
  const target = session.account.mailboxByPath(path)
  if (target === null) return no('There is no such mailbox', 'TRYCREATE')
  if (isMove && target.id === selected.id) return no('The messages are in that mailbox already', 'CANNOT')
  if (spans.value.length === 0) return ok('There was nothing to do')
  const common = { set: selected.uidRanges(spans.value), from: selected.id, to: target.id }
  const [outcome] = await session.account.commit([{ kind: isMove ? 'move' : 'addToMailbox', ...common }])
  if (outcome?.applied !== true) return no('The mailbox was deleted meanwhile', 'TRYCREATE')
  const added = outcome.added ?? []
  if (added.length === 0) return ok('There was nothing to do')
  const isSelected = target.id === selected.id
  session.notifications?.forgetAdded(
    target.id,
    added.map(({ uid }) => uid),
    isSelected,
  )
  const from = formatNumbersInOrder(added.map(({ fromUid }) => fromUid ?? 0))
  const code = `COPYUID ${target.uidValidity} ${from} ${formatNumbersInOrder(added.map(({ uid }) => uid))}`
  if (!isMove) return ok('Copied', code)
  // RFC 6851 §4.3: before the EXPUNGE responses that follow.
  session.out.line(`* OK [${code}] Moved`)
  return { ...ok('Moved'), tellsModseq: true }
}

function command(name: string, isUid: boolean, isMove: boolean): Command<Args> {
  return {
    name,
    state: 'selected',
    mayExpunge: true,
    usesNumbers: !isUid,
    changes: true,
    parse,
    run: (session, args) => run(session, args, isUid, isMove),
  }
}

export const copy = command('COPY', false, false)
export const uidCopy = command('UID COPY', true, false)
export const move = command('MOVE', false, true)
export const uidMove = command('UID MOVE', true, true)
