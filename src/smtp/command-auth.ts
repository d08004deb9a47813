// AUTH (RFC 4954 §4) where it is too late or not offered: the exchange itself is over before this engine begins (preauth.ts).

import type { Command } from './command.ts'
import { COMMAND_BYTES_MAX } from './limits.ts'
import { reply } from './reply.ts'

const TWICE = reply(503, '5.5.1', 'You are logged in already')
const NOT_OFFERED = reply(502, '5.5.1', 'AUTH is not offered')

export const auth: Command = {
  verb: 'AUTH',
  lineBytesMax: COMMAND_BYTES_MAX,
  run: (session) => (session.isAuthenticated ? TWICE : NOT_OFFERED),
}
