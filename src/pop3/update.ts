// DELE, RSET and QUIT (RFC 1939 §5, §6). What was deleted goes, and what was read is marked as seen, with one commit at QUIT; a
// session that ends in any other way changes nothing. While there is an alarm nothing is deleted (alarm.ts).

import { CommitInDoubtError, CommitRefusedError } from '#account/account.ts'
import type { Operation, RangeSet } from '#account/operation.ts'
import { alarmRefusal } from './alarm.ts'
import { positionOf } from './maildrop.ts'
import type { Session } from './session.ts'

export function dele(session: Session, [argument = '']: readonly string[]): void {
  if (session.isReadOnly) return session.error('This password may only read: nothing is deleted')
  const position = positionOf(session.maildrop, argument)
  if (position === null) return session.error('There is no such message')
  const refusal = alarmRefusal(session.account)
  if (refusal !== null) return session.error(refusal)
  session.maildrop.deleted.add(position)
  session.ok('To be deleted')
}

export function rset(session: Session): void {
  session.maildrop.deleted.clear()
  session.ok()
}

export async function quit(session: Session): Promise<void> {
  session.isEnding = true
  const { mailbox, deleted, retrieved } = session.maildrop
  const seen = rangesOfUids(
    session,
    [...retrieved].filter((position) => !deleted.has(position)),
  )
  const gone = rangesOfUids(session, [...deleted])
  const operations: Operation[] = []
  if (session.isReadOnly) return session.ok('Goodbye')
  if (seen.length > 0) {
    const keywords = ['$seen']
    operations.push({ kind: 'changeKeywords', mailbox, set: seen, mode: 'add', keywords, unchangedSince: null })
  }
  // It may have been raised since DELE.
  const refusal = gone.length > 0 ? alarmRefusal(session.account) : null
  if (gone.length > 0 && refusal === null) operations.push({ kind: 'remove', mailbox, set: gone })
  try {
    if (operations.length > 0) await session.account.commit(operations)
    if (refusal === null) session.ok('Goodbye')
    else session.error(refusal)
  } catch (error) {
    if (error instanceof CommitRefusedError) session.error('[SYS/TEMP] Nothing was deleted')
    else if (error instanceof CommitInDoubtError) session.error('[SYS/TEMP] Some messages may not have been deleted')
    else throw error
  }
}

function rangesOfUids(session: Session, positions: number[]): RangeSet {
  const ranges: [number, number][] = []
  for (const position of positions.sort((left, right) => left - right)) {
    const uid = session.maildrop.uids[position] as number
    const last = ranges.at(-1)
    if (last !== undefined && last[1] + 1 === uid) last[1] = uid
    else ranges.push([uid, uid])
  }
  return ranges
}
