// CAPABILITY (RFC 9051 §6.1.1).

import { sessionCapabilities } from './capabilities.ts'
import { type Command, ok } from './command.ts'

export const capability: Command<void> = {
  name: 'CAPABILITY',
  state: 'authenticated',
  mayExpunge: true,
  parse: () => undefined,
  run(session) {
    session.out.line(`* CAPABILITY ${sessionCapabilities}`)
    return ok('That is all')
  },
}
