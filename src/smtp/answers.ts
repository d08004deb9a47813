// Replies on their way to the client. Mistakes are counted; from some number on they are answered slowly, and at last end the session.

import type { PolicyEvent } from './host.ts'
import type { Patience } from './patience.ts'
import { type Reply, formatReply } from './reply.ts'
import type { Session } from './session.ts'
import { TOO_MANY_ERRORS } from './standard-replies.ts'

export class Answers {
  readonly #session: Session
  readonly #patience: Patience

  constructor(session: Session, patience: Patience) {
    this.#session = session
    this.#patience = patience
  }

  write(answer: Reply): void {
    this.#session.out.text(formatReply(answer))
  }

  /** Ends the session for what the client did. */
  refuse(answer: Reply, event: PolicyEvent): void {
    this.#session.host.note(event)
    this.write(this.#session.endWith(answer))
  }

  /** `refusedRecipients`: how many there were before. A reply that is null comes later. */
  finishWhenKnown(answer: Reply | null | Promise<Reply | null>, refusedRecipients: number): Promise<void> | undefined {
    if (answer instanceof Promise) return answer.then((known) => this.finishWhenKnown(known, refusedRecipients))
    return answer === null ? undefined : this.finish(answer, this.#session.refusedRecipients > refusedRecipients)
  }

  /** A command, or a message, has its reply. */
  finish(answer: Reply, isRefusedRecipient: boolean): Promise<void> | undefined {
    const session = this.#session
    const { limits } = session
    const isError = answer.code >= 500 && !isRefusedRecipient
    if (isError) session.errors++
    const count = isError ? session.errors : isRefusedRecipient ? session.refusedRecipients : 0
    if (count <= limits.errorsUndelayed || session.isEnding) {
      this.#conclude(answer)
      return undefined
    }
    session.out.flush()
    return session.host.delay(limits.errorDelayMs).then(() => {
      session.checkConnected()
      this.#conclude(answer)
    })
  }

  #conclude(answer: Reply): void {
    const session = this.#session
    const { limits } = session
    this.write(answer)
    this.#patience.renew()
    if (answer.code === 421) session.isEnding = true
    if (session.isEnding) return
    if (session.errors >= limits.errorsMax || session.refusedRecipients >= limits.refusedRecipientsMax) {
      this.refuse(TOO_MANY_ERRORS, 'tooManyErrors')
    }
  }
}
