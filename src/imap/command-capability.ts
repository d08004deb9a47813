// CAPABILITY (RFC 9051 §6.1.1).

import { sessionCapabilities } from './capabilities.ts'
import { type Command, ok } from './command.ts'

export const capability: Command<void> = {
  name: 'CAPABILITY',
  state: 'authenticated',
  mayExpunge: true,
  parse: () => undefined,
  run(session) {
    // RFC 9698 §3: only where it is true. The gate, which says the list at login, does not know.
    session.out.line(`* CAPABILITY ${sessionCapabilities}${session.jmapUrl === null ? '' : ' JMAPACCESS'}`)
    return ok('That is all')
  },
}
