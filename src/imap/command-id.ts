// ID (RFC 2971). Tells the product's name and nothing that would help an attacker choose; what the client says is not kept.

import { type Command, ok } from './command.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'

/** RFC 2971 §3.3. */
const PAIRS_MAX = 30
const NAME_BYTES_MAX = 30
const VALUE_BYTES_MAX = 1_024

export const ID_REPLY = '* ID ("name" "Mailkeep")'

export function parseId(cursor: Cursor): void {
  cursor.space()
  if (cursor.skipWord('NIL')) return
  const items = cursor.list(() => cursor.nstring(), 0)
  if (items.length % 2 !== 0) throw new SyntaxFailure('the list needs a value for each name')
  if (items.length > PAIRS_MAX * 2) throw new SyntaxFailure(`the list has more than ${PAIRS_MAX} pairs`)
  for (const [index, item] of items.entries()) {
    const max = index % 2 === 0 ? NAME_BYTES_MAX : VALUE_BYTES_MAX
    if ((item?.length ?? 0) > max) throw new SyntaxFailure(`a name or value is longer than ${max} bytes`)
  }
}

export const id: Command<void> = {
  name: 'ID',
  state: 'authenticated',
  mayExpunge: true,
  parse: parseId,
  run(session) {
    session.out.line(ID_REPLY)
    return ok('Pleased to meet you')
  },
}
