// RSET (RFC 5321 §4.1.1.5): gives up the transaction.

import type { Command } from './command.ts'
import { COMMAND_BYTES_MAX } from './limits.ts'
import { reply } from './reply.ts'
import { SYNTAX } from './standard-replies.ts'

const OK = reply(250, '2.0.0', 'Forgotten')

export const rset: Command = {
  verb: 'RSET',
  lineBytesMax: COMMAND_BYTES_MAX,
  run(session, args) {
    if (args !== '') return SYNTAX
    session.reset()
    return OK
  },
}
