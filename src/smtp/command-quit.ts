// QUIT (RFC 5321 §4.1.1.10).

import type { Command } from './command.ts'
import { COMMAND_BYTES_MAX } from './limits.ts'
import { GOODBYE, SYNTAX } from './standard-replies.ts'

export const quit: Command = {
  verb: 'QUIT',
  lineBytesMax: COMMAND_BYTES_MAX,
  run: (session, args) => (args === '' ? session.endWith(GOODBYE) : SYNTAX),
}
