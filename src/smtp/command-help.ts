// HELP (RFC 5321 §4.1.1.8).

import type { Command } from './command.ts'
import { COMMAND_BYTES_MAX } from './limits.ts'
import { reply } from './reply.ts'

const HELP = reply(
  214,
  '2.0.0',
  'This is Mailkeep. Commands:',
  'EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT',
  'They are described in RFC 5321 and RFC 3030.',
)

export const help: Command = {
  verb: 'HELP',
  lineBytesMax: COMMAND_BYTES_MAX,
  run: () => HELP,
}
