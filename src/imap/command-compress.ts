// COMPRESS (RFC 4978). The tagged response is the last thing that is sent as it is. What is compressed together, and what never is, is in
// docs/adr/0071-compression-without-a-window.md.

import { type Command, bad, no, ok } from './command.ts'
import { SyntaxFailure } from './cursor.ts'

export const compress: Command<void> = {
  name: 'COMPRESS',
  state: 'authenticated',
  mayExpunge: true,
  isLast: true,
  parse(cursor) {
    cursor.space()
    const mechanism = cursor.word()
    if (mechanism !== 'DEFLATE') throw new SyntaxFailure('DEFLATE is the only mechanism')
  },
  run(session) {
    if (session.compression !== 'none') {
      return { ...bad('The connection is compressed already'), code: 'COMPRESSIONACTIVE' }
    }
    if (session.host.compress === undefined) return no('The connection cannot be compressed', 'CANNOT')
    session.compression = 'beginning'
    return ok('Compressed from here on')
  },
}
