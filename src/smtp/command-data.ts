// DATA (RFC 5321 §4.1.1.4) and the message behind it.

import type { Command } from './command.ts'
import { DataDecoder } from './data-decoder.ts'
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
  async run(session, args) {
    if (args !== '') return SYNTAX
    if (session.intake !== null) {
      session.reset()
      return AFTER_BDAT
    }
    const opened = await openMessage(session)
    if (!opened.ok) return opened.error
    session.content = new DataContent(session, opened.value)
    return GO_AHEAD
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

  async receive(chunk: Buffer, at: number): Promise<Reply | null> {
    const session = this.#session
    const intake = this.#intake
    const decoder = this.#decoder
    const outcome = decoder.decode(chunk, at)
    intake.hasNul = decoder.hasNul
    intake.hasBareLineEnd = outcome === 'bareCr' || outcome === 'bareLf'
    const written = intake.write(decoder.content)
    if (written !== null) {
      await written
      session.checkConnected()
    }
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
