// NOOP (RFC 9051 §6.1.2) and CHECK (RFC 3501 §6.4.1). Both only give the client its updates: all that was acknowledged is
// durable already, so that a checkpoint has nothing to do.

import { type Command, ok } from './command.ts'

export const noop: Command<void> = {
  name: 'NOOP',
  state: 'authenticated',
  mayExpunge: true,
  parse: () => undefined,
  run: () => ok('Done'),
}

export const check: Command<void> = { ...noop, name: 'CHECK', state: 'selected' }
