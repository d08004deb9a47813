// RETR and TOP (RFC 1939 §5, §7).

import type { EmailId } from '#base/ids.ts'
import { TimeSlice } from '#base/time-slice.ts'
import { DamagedMessageError } from '#account/account.ts'
import { DotStuffer } from './dot-stuffing.ts'
import { positionOf } from './maildrop.ts'
import { messagePieces, verifyMessage } from './message-pieces.ts'
import type { Session } from './session.ts'

const WRITE_BYTES = 65_536

export async function retr(session: Session, [argument = '']: readonly string[]): Promise<void> {
  const position = positionOf(session.maildrop, argument)
  if (position === null) return session.error('There is no such message')
  if (await sendMessage(session, position, Infinity)) session.maildrop.retrieved.add(position)
}

export async function top(session: Session, [argument = '', lines = '']: readonly string[]): Promise<void> {
  const position = positionOf(session.maildrop, argument)
  if (position === null) return session.error('There is no such message')
  if (!/^[0-9]{1,10}$/.test(lines)) return session.error('A number of lines is expected')
  await sendMessage(session, position, Number(lines))
}

/** True if it was sent. */
async function sendMessage(session: Session, position: number, bodyLinesMax: number): Promise<boolean> {
  const { account, maildrop, out } = session
  const email = maildrop.emails[position] as EmailId
  if (account.email(email) === null) {
    session.error('[SYS/PERM] The message was deleted meanwhile')
    return false
  }
  try {
    const sizeBytes = await verifyMessage(session, email)
    const stuffer = new DotStuffer(bodyLinesMax)
    const slice = new TimeSlice(session.host)
    for await (const piece of messagePieces(session, email, sizeBytes)) {
      if (!session.isWithinReply) session.ok(`${sizeBytes} octets`)
      session.isWithinReply = true
      for (let at = 0; at < piece.length && !stuffer.isDone; at += WRITE_BYTES) {
        stuffer.push(piece.subarray(at, at + WRITE_BYTES), (bytes) => out.bytes(bytes))
        await session.room()
        if (slice.isOver) await slice.next()
      }
      if (stuffer.isDone) break
    }
    stuffer.finish((bytes) => out.bytes(bytes))
    session.isWithinReply = false
    return true
  } catch (error) {
    // Once a reply has begun, only the end of the connection can say that it is not whole.
    if (!(error instanceof DamagedMessageError) || session.isWithinReply) throw error
    session.error('[SYS/PERM] The message is damaged in storage: what cannot be proven is not served')
    return false
  }
}
