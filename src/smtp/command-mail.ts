// MAIL (RFC 5321 §4.1.1.2) with SIZE, BODY and SMTPUTF8.

import type { Command } from './command.ts'
import { ENVELOPE_COMMAND_BYTES_MAX } from './limits.ts'
import { isAsciiAddress, parsePath } from './mail-address.ts'
import { parameterWords, parseMailParameters } from './mail-parameters.ts'
import { tooBig } from './message-intake.ts'
import { type Reply, reply, replyOf } from './reply.ts'
import { HELLO_FIRST, SYNTAX } from './standard-replies.ts'
import type { SenderVerdict } from './verdict.ts'

const OK = reply(250, '2.1.0', 'Sender accepted')
const NESTED = reply(503, '5.5.1', 'A transaction is open already')
/** RFC 9422 §4.1.1: MAILMAX. */
const TOO_MANY = reply(421, '4.7.0', 'Enough messages for one session')
/** RFC 6531 §3.5 */
const NEEDS_UTF8 = reply(553, '5.6.7', 'The address needs SMTPUTF8')
const NO_PARAMETERS = reply(555, '5.5.4', 'Parameters need EHLO')

const FROM = /^FROM: */i

export const mail: Command = {
  verb: 'MAIL',
  lineBytesMax: ENVELOPE_COMMAND_BYTES_MAX,
  run(session, args) {
    const { hello, limits } = session
    if (hello === null) return HELLO_FIRST
    if (session.transaction !== null) return NESTED
    if (session.transactions >= limits.transactionsMax) return TOO_MANY
    // RFC 5321 §3.3 wants no space behind the colon, but many send one.
    const from = FROM.exec(args)?.[0]
    if (from === undefined) return SYNTAX
    const path = parsePath(args.slice(from.length), 'reverse')
    if (!path.ok) return reply(501, '5.1.7', path.error)
    const { address, rest } = path.value
    const words = parameterWords(rest)
    if (words === null) return SYNTAX
    if (words.length > 0 && !hello.isExtended) return NO_PARAMETERS
    const parameters = parseMailParameters(words, session.isAuthenticated)
    if (!parameters.ok) return replyOf(parameters.error)
    const { sizeBytes, isUtf8 } = parameters.value
    if (sizeBytes !== null && sizeBytes > limits.messageBytesMax) return replyOf(tooBig(limits))
    if (address !== null && !isUtf8 && !isAsciiAddress(address)) return NEEDS_UTF8
    const peer = session.peer(hello)
    const conclude = (verdict: SenderVerdict): Reply => {
      session.checkConnected()
      if (verdict.kind === 'refused') return replyOf(verdict)
      session.begin(peer, address, parameters.value)
      return OK
    }
    const verdict = session.host.checkSender(address, parameters.value, peer)
    return verdict instanceof Promise ? verdict.then(conclude) : conclude(verdict)
  },
}
