// QUIT (RFC 5321 §4.1.1.10).

import type { Command } from './command.ts'
import { COMMAND_BYTES_MAX } from './limits.ts'
import { SYNTAX, reply } from './reply.ts'

const GOODBYE = reply(221, '2.0.0', 'Goodbye')

export const quit: Command = {
  verb: 'QUIT',
  lineBytesMax: COMMAND_BYTES_MAX,
  run: (session, args) => (args === '' ? session.endWith(GOODBYE) : SYNTAX),
}
