// EHLO and HELO (RFC 5321 §4.1.1.1). Either gives up the transaction that may be open.

import { COMMAND_BYTES_MAX } from './limits.ts'
import { parseHelloName } from './hello.ts'
import { ehloReply } from './keywords.ts'
import { type Reply, reply } from './reply.ts'
import type { Command } from './command.ts'
import type { Session } from './session.ts'

const NAME_EXPECTED = reply(501, '5.5.4', 'A domain or an address literal is expected')

export const ehlo: Command = {
  verb: 'EHLO',
  lineBytesMax: COMMAND_BYTES_MAX,
  run(session, args) {
    if (!greet(session, args, true)) return NAME_EXPECTED
    const { hostname, limits, offersStartTls } = session
    return ehloReply({ hostname, limits, startTls: offersStartTls, auth: session.isAuthenticated })
  },
}

export const helo: Command = {
  verb: 'HELO',
  lineBytesMax: COMMAND_BYTES_MAX,
  run(session, args): Reply {
    return greet(session, args, false) ? reply(250, null, session.hostname) : NAME_EXPECTED
  },
}

function greet(session: Session, args: string, isExtended: boolean): boolean {
  const name = parseHelloName(args)
  if (name === null) return false
  session.reset()
  session.hello = { name, isExtended }
  return true
}
