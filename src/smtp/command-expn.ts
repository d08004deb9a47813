// EXPN (RFC 5321 §4.1.1.7): who is behind an address is not told.

import type { Command } from './command.ts'
import { ENVELOPE_COMMAND_BYTES_MAX } from './limits.ts'
import { reply } from './reply.ts'

const REFUSED = reply(502, '5.5.1', 'EXPN is not offered')

export const expn: Command = {
  verb: 'EXPN',
  lineBytesMax: ENVELOPE_COMMAND_BYTES_MAX,
  run: () => REFUSED,
}
