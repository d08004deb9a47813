// IDLE (RFC 2177): the engine sends updates at once until the client sends DONE.

import { asciiText } from '#base/bytes.ts'
import { type Command, bad, ok } from './command.ts'

export const idle: Command<void> = {
  name: 'IDLE',
  state: 'authenticated',
  mayExpunge: true,
  parse: () => undefined,
  run: () => ({
    request: 'idling',
    finish: (line) =>
      asciiText(line, 0, 8).toUpperCase() === 'DONE' ? ok('No longer idle') : bad('DONE was expected'),
  }),
}
