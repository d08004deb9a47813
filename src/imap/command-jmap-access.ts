// GETJMAPACCESS (RFC 9698): where the same account is to be had over JMAP, with the same name and password and the same ids (RFC 8474). Only in
// sessions whose password may be used there; for others the command does not exist.

import { type Command, bad, ok } from './command.ts'

export const getJmapAccess: Command<void> = {
  name: 'GETJMAPACCESS',
  state: 'authenticated',
  mayExpunge: true,
  parse: () => undefined,
  run(session) {
    if (session.jmapUrl === null) return bad('There is no such command')
    session.out.line(`* JMAPACCESS "${session.jmapUrl}"`)
    return ok('That is all')
  },
}
