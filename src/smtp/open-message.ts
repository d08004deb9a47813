// The moments at which a message begins (DATA, or the first BDAT: RFC 5321 §3.3) and at which it is complete.

import { type Result, fail, ok } from '#base/result.ts'
import type { MessageSink } from './host.ts'
import { MessageIntake } from './message-intake.ts'
import { type Reply, reply, replyOf } from './reply.ts'
import { HELLO_FIRST } from './standard-replies.ts'
import type { Session } from './session.ts'
import type { MessageVerdict, Refusal } from './verdict.ts'

const MAIL_FIRST = reply(503, '5.5.1', 'MAIL first')
const NO_RECIPIENTS = reply(554, '5.5.1', 'No recipient was accepted')

type Opened = Result<MessageIntake, Reply>

/** Asks the host for a sink. The intake is the session's then, too. */
export function openMessage(session: Session): Opened | Promise<Opened> {
  const { transaction, host, limits } = session
  if (session.hello === null) return fail(HELLO_FIRST)
  if (transaction === null) return fail(MAIL_FIRST)
  if (transaction.recipients.length === 0) return fail(NO_RECIPIENTS)
  const conclude = (opened: MessageSink | Refusal): Opened => {
    if ('kind' in opened) return fail(replyOf(opened))
    if (session.isCut) opened.abort()
    session.checkConnected()
    const intake = new MessageIntake(opened, limits)
    session.intake = intake
    return ok(intake)
  }
  const opened = host.openMessage(transaction)
  return opened instanceof Promise ? opened.then(conclude) : conclude(opened)
}

/** Asks the sink for its verdict, which ends the transaction. */
export async function commitMessage(session: Session, intake: MessageIntake): Promise<Reply> {
  if (intake.isLoop) session.host.note('mailLoop')
  const verdict = await intake.commit()
  session.checkConnected()
  session.reset()
  return verdictReply(session, verdict)
}

/** One verdict for all recipients. (LMTP, RFC 2033 §4.2, would have one reply for each.) */
function verdictReply(session: Session, verdict: MessageVerdict): Reply {
  if (verdict.kind === 'refused') return replyOf(verdict)
  session.errors = 0
  session.fruitlessCommands = 0
  return reply(250, '2.0.0', `Accepted as ${verdict.id}`)
}
