// PREVIEW (RFC 8970): the beginning of a message's text, which the index keeps for JMAP's property of the name. It is there for every message,
// so that LAZY makes no difference.

import type { Cursor } from './cursor.ts'
import { writeString } from './astring.ts'
import type { RowItem } from './fetch-item.ts'

const previewItem: RowItem = {
  kind: 'row',
  needs: 'previews',
  marksSeen: false,
  write(out, { previews }, row) {
    out.text('PREVIEW ')
    // An nstring has none.
    writeString(out, Buffer.from((previews[row] ?? '').replaceAll('\0', ''), 'utf8'))
  },
}

/** What follows the name: `(LAZY)`, or something that is not of this item. */
export function parsePreview(cursor: Cursor): RowItem {
  const start = cursor.at
  const isLazy = cursor.skip(' ') && cursor.skip('(') && cursor.skipWord('LAZY') && cursor.skip(')')
  if (!isLazy) cursor.at = start
  return previewItem
}
