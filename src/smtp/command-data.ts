// DATA (RFC 5321 §4.1.1.4) and the message behind it.

import type { Result } from '#base/result.ts'
import type { Command } from './command.ts'
import { DataDecoder, type DataOutcome } from './data-decoder.ts'
import { COMMAND_BYTES_MAX } from './limits.ts'
import { type MessageIntake, tooBig } from './message-intake.ts'
import { commitMessage, openMessage } from './open-message.ts'
import { type Reply, reply, replyOf } from './reply.ts'
import { BARE_LINE_END, SYNTAX } from './standard-replies.ts'
import type { Content, Session } from './session.ts'

const GO_AHEAD = reply(354, null, 'Send the message; end it with a line of one dot')
/** RFC 3030 §2 */
const AFTER_BDAT = reply(503, '5.5.1', 'DATA and BDAT do not mix')

export const data: Command = {
  verb: 'DATA',
  lineBytesMax: COMMAND_BYTES_MAX,
  run(session, args) {
    if (args !== '') return SYNTAX
    if (session.intake !== null) {
      session.reset()
      return AFTER_BDAT
    }
    const conclude = (opened: Result<MessageIntake, Reply>): Reply => {
      if (!opened.ok) return opened.error
      session.content = new DataContent(session, opened.value)
      return GO_AHEAD
    }
    const opened = openMessage(session)
    return opened instanceof Promise ? opened.then(conclude) : conclude(opened)
  },
}

class DataContent implements Content {
  readonly #session: Session
  readonly #intake: MessageIntake
  readonly #decoder = new DataDecoder()

  constructor(session: Session, intake: MessageIntake) {
    this.#session = session
    this.#intake = intake
  }

  get next(): number {
    return this.#decoder.next
  }

  receive(chunk: Buffer, at: number): Reply | null | Promise<Reply | null> {
    const intake = this.#intake
    const decoder = this.#decoder
    const outcome = decoder.decode(chunk, at)
    intake.hasNul = decoder.hasNul
    intake.hasBareLineEnd = outcome === 'bareCr' || outcome === 'bareLf'
    const written = intake.write(decoder.content)
    return written === null ? this.#conclude(outcome) : written.then(() => this.#conclude(outcome))
  }

  #conclude(outcome: DataOutcome): Reply | null | Promise<Reply> {
    const session = this.#session
    const intake = this.#intake
    session.checkConnected()
    if (intake.isFlood) return session.endWith(replyOf(tooBig(session.limits)))
    switch (outcome) {
      case 'more':
        return null
      case 'end':
        session.content = null
        return commitMessage(session, intake)
      case 'bareCr':
      case 'bareLf':
        // The client's idea of where the message ends may be another than ours: nothing it sends from here on can be trusted.
        session.host.note('bareLineEnd')
        return session.endWith(BARE_LINE_END[outcome])
    }
  }
}
