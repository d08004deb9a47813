// RCPT (RFC 5321 §4.1.1.3).

import { unreachable } from '#base/assert.ts'
import type { Command } from './command.ts'
import { ENVELOPE_COMMAND_BYTES_MAX } from './limits.ts'
import { isAsciiAddress, parsePath } from './mail-address.ts'
import { parameterWords } from './mail-parameters.ts'
import { type Reply, reply, replyOf } from './reply.ts'
import { SYNTAX } from './standard-replies.ts'
import type { RecipientVerdict } from './verdict.ts'

const OK = reply(250, '2.1.5', 'Recipient accepted')
const MAIL_FIRST = reply(503, '5.5.1', 'MAIL first')
const MESSAGE_BEGUN = reply(503, '5.5.1', 'The message has begun already')
/** RFC 5321 §4.5.3.1.10 */
const TOO_MANY = reply(452, '4.5.3', 'Too many recipients')
const NEEDS_UTF8 = reply(553, '5.6.7', 'The address needs SMTPUTF8')
const NO_PARAMETERS = reply(555, '5.5.4', 'A parameter is not offered')

const TO = /^TO: */i

export const rcpt: Command = {
  verb: 'RCPT',
  lineBytesMax: ENVELOPE_COMMAND_BYTES_MAX,
  run(session, args) {
    const { transaction } = session
    if (transaction === null) return MAIL_FIRST
    if (session.intake !== null) return MESSAGE_BEGUN
    if (transaction.recipients.length >= session.limits.recipientsMax) return TOO_MANY
    const to = TO.exec(args)?.[0]
    if (to === undefined) return SYNTAX
    const path = parsePath(args.slice(to.length), 'forward')
    if (!path.ok) return reply(501, '5.1.3', path.error)
    const { address, rest } = path.value
    const words = parameterWords(rest)
    if (words === null || address === null) return SYNTAX
    if (words.length > 0) return NO_PARAMETERS
    if (!transaction.isUtf8 && !isAsciiAddress(address)) return NEEDS_UTF8
    const conclude = (verdict: RecipientVerdict<unknown>): Reply => {
      session.checkConnected()
      if (verdict.kind !== 'accepted') {
        session.refusedRecipients++
        return refusalReply(verdict)
      }
      transaction.recipients.push({ address, target: verdict.target })
      session.fruitlessCommands--
      return OK
    }
    const verdict = session.host.checkRecipient(address, transaction)
    return verdict instanceof Promise ? verdict.then(conclude) : conclude(verdict)
  },
}

function refusalReply(verdict: Exclude<RecipientVerdict<unknown>, { kind: 'accepted' }>): Reply {
  switch (verdict.kind) {
    case 'unknown':
      return reply(550, '5.1.1', 'There is no such address here')
    case 'relayDenied':
      return reply(550, '5.7.1', 'Mail for this domain is not relayed')
    case 'overQuota':
      return reply(452, '4.2.2', 'The mailbox is full')
    case 'unavailable':
      return reply(451, '4.3.0', 'The mailbox cannot take mail now: try again later')
    case 'refused':
      return replyOf(verdict)
    default:
      return unreachable(verdict)
  }
}
