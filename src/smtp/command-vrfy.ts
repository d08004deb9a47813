// VRFY (RFC 5321 §4.1.1.6, §3.5.3): who has an address here is not told to whoever asks. It has the same answer for all.

import type { Command } from './command.ts'
import { ENVELOPE_COMMAND_BYTES_MAX } from './limits.ts'
import { reply } from './reply.ts'
import { SYNTAX } from './standard-replies.ts'

const CANNOT_SAY = reply(252, '2.1.5', 'Addresses are not verified: send the message')

export const vrfy: Command = {
  verb: 'VRFY',
  lineBytesMax: ENVELOPE_COMMAND_BYTES_MAX,
  run: (_, args) => (args === '' ? SYNTAX : CANNOT_SAY),
}
