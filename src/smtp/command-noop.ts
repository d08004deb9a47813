// NOOP (RFC 5321 §4.1.1.9). What follows it means nothing.

import type { Command } from './command.ts'
import { COMMAND_BYTES_MAX } from './limits.ts'
import { DONE } from './standard-replies.ts'

export const noop: Command = {
  verb: 'NOOP',
  lineBytesMax: COMMAND_BYTES_MAX,
  run: () => DONE,
}
