// NAMESPACE (RFC 2342, RFC 9051 §6.3.10): one personal namespace without a prefix.

import { type Command, ok } from './command.ts'

export const namespace: Command<void> = {
  name: 'NAMESPACE',
  state: 'authenticated',
  mayExpunge: true,
  parse: () => undefined,
  run(session) {
    session.out.line('* NAMESPACE (("" "/")) NIL NIL')
    return ok('That is all')
  },
}
