// BDAT (RFC 3030 §2): a piece of the message, whose length is counted.
//
// The bytes of a piece come whether it is welcome or not, because clients do not wait before they send them: a refused one is read
// past, and answered at its end. If its length cannot be read or is beyond all bounds, the place of the next command is lost, and the session ends.
// A refused piece ends the transaction, so that the pieces behind it are refused, too.

import { ok } from '#base/result.ts'
import type { Command } from './command.ts'
import { COMMAND_BYTES_MAX } from './limits.ts'
import { LineEndCheck } from './line-end-check.ts'
import { tooBig } from './message-intake.ts'
import { commitMessage, openMessage } from './open-message.ts'
import { type Reply, reply, replyOf } from './reply.ts'
import { SYNTAX } from './standard-replies.ts'
import type { Content, Session } from './session.ts'

const ARGUMENTS = /^([0-9]{1,20})( LAST)?$/i

export const bdat: Command = {
  verb: 'BDAT',
  lineBytesMax: COMMAND_BYTES_MAX,
  async run(session, args) {
    const { limits } = session
    const match = ARGUMENTS.exec(args.trimEnd())
    if (match === null) return session.endWith(SYNTAX)
    const sizeBytes = Number(match[1])
    if (sizeBytes > Math.max(limits.messageBytesMax, limits.discardedBytesMax)) {
      return session.endWith(replyOf(tooBig(limits)))
    }
    const isLast = match[2] !== undefined
    const opened = session.intake === null ? await openMessage(session) : ok(session.intake)
    session.lineEnds ??= new LineEndCheck()
    const piece = new Piece(session, sizeBytes, isLast, opened.ok ? null : opened.error)
    if (sizeBytes === 0) return piece.finish()
    session.content = piece
    return null
  },
}

class Piece implements Content {
  readonly #session: Session
  readonly #sizeBytes: number
  readonly #isLast: boolean
  /** What it gets instead of being taken. */
  readonly #refusal: Reply | null
  #left: number
  next = 0

  constructor(session: Session, sizeBytes: number, isLast: boolean, refusal: Reply | null) {
    this.#session = session
    this.#sizeBytes = this.#left = sizeBytes
    this.#isLast = isLast
    this.#refusal = refusal
  }

  async receive(chunk: Buffer, at: number): Promise<Reply | null> {
    const size = Math.min(this.#left, chunk.length - at)
    this.next = at + size
    this.#left -= size
    const written = this.#write(chunk.subarray(at, at + size))
    if (written !== null) {
      await written
      this.#session.checkConnected()
    }
    if (this.#left > 0) return null
    this.#session.content = null
    return this.finish()
  }

  /** All of the piece has come. */
  async finish(): Promise<Reply> {
    const session = this.#session
    const { intake, lineEnds } = session
    if (this.#refusal !== null || intake === null || lineEnds === null) {
      session.reset()
      return this.#refusal ?? SYNTAX
    }
    if (this.#isLast) lineEnds.finish()
    intake.hasBareLineEnd = lineEnds.fault !== null
    if (intake.hasBareLineEnd) session.host.note('bareLineEnd')
    // The verdict on a message that is not complete is about what was wrong with it so far.
    if (this.#isLast || intake.refusal !== null) return commitMessage(session, intake)
    // A long message may come in many pieces.
    if (this.#sizeBytes > 0) session.fruitlessCommands--
    return reply(250, '2.0.0', `${this.#sizeBytes} bytes received`)
  }

  #write(bytes: Buffer): Promise<void> | null {
    const { intake, lineEnds } = this.#session
    if (this.#refusal !== null || intake === null || lineEnds === null) return null
    lineEnds.push(bytes)
    intake.hasNul = lineEnds.hasNul
    intake.hasBareLineEnd = lineEnds.fault !== null
    return intake.write(bytes)
  }
}
