// STARTTLS (RFC 3207). Whatever was sent behind it in the clear must not be taken for what TLS protects: it ends the connection.

import type { Command } from './command.ts'
import { COMMAND_BYTES_MAX } from './limits.ts'
import { reply } from './reply.ts'
import { BEGIN_TLS, HELLO_FIRST, INJECTION, SYNTAX } from './standard-replies.ts'

const NOT_OFFERED = reply(502, '5.5.1', 'STARTTLS is not offered')
const ACTIVE = reply(503, '5.5.1', 'TLS is active already')

export const startTls: Command = {
  verb: 'STARTTLS',
  lineBytesMax: COMMAND_BYTES_MAX,
  run(session, args) {
    if (args !== '') return SYNTAX
    if (session.tls !== null) return ACTIVE
    if (!session.offersStartTls) return NOT_OFFERED
    if (session.hello === null) return HELLO_FIRST
    if (session.hasMoreInput) {
      session.host.note('startTlsInjection')
      return session.endWith(INJECTION)
    }
    session.awaitsTls = true
    return BEGIN_TLS
  },
}
