// SEARCH EMAILID and THREADID (RFC 8474 §6). An id that no object has is well-formed, and matches nothing.

import { asciiText } from '#base/bytes.ts'
import { parseEmailId, parseThreadId } from '#base/object-ids.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { type SearchLeaf, leaf } from './search-node.ts'

/** RFC 8474 §7: 1 to 255 letters, digits, `_` and `-`. */
function parseObjectId(cursor: Cursor): string {
  cursor.space()
  const text = asciiText(cursor.astring())
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(text)) throw new SyntaxFailure('the object id is not well-formed')
  return text
}

export function emailIdKey(cursor: Cursor): SearchLeaf {
  const asked = parseEmailId(parseObjectId(cursor))
  return leaf(0, ({ emails }, row) => emails[row] === asked)
}

export function threadIdKey(cursor: Cursor): SearchLeaf {
  const asked = parseThreadId(parseObjectId(cursor))
  return leaf(0, (rows, row) => rows.thread(row) === asked)
}
