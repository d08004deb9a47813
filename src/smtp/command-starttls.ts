// STARTTLS (RFC 3207). Whatever was sent behind it in the clear must not be taken for what TLS protects: it ends the connection.

import type { Command } from './command.ts'
import { COMMAND_BYTES_MAX } from './limits.ts'
import { HELLO_FIRST, SYNTAX, reply } from './reply.ts'

const READY = reply(220, '2.0.0', 'Begin TLS now')
const NOT_OFFERED = reply(502, '5.5.1', 'STARTTLS is not offered')
const ACTIVE = reply(503, '5.5.1', 'TLS is active already')
export const INJECTION = reply(554, '5.5.1', 'Nothing may follow STARTTLS in the clear')

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
    return READY
  },
}
