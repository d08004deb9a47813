// LOGOUT (RFC 9051 §6.1.3).

import { type Command, ok } from './command.ts'

export const logout: Command<void> = {
  name: 'LOGOUT',
  state: 'authenticated',
  mayExpunge: true,
  parse: () => undefined,
  run(session) {
    session.out.line('* BYE Logging out')
    session.isEnding = true
    return ok('Logged out')
  },
}
