// EMAILID and THREADID (RFC 8474 §5): the ids that JMAP gives the same objects.

import type { EmailId, ThreadId } from '#base/ids.ts'
import { formatEmailId, formatThreadId } from '#base/object-ids.ts'
import type { RowItem } from './fetch-item.ts'

export const emailIdItem: RowItem = {
  kind: 'row',
  needs: null,
  marksSeen: false,
  write(out, { emails }, row) {
    out.text(`EMAILID (${formatEmailId(emails[row] as EmailId)})`)
  },
}

export const threadIdItem: RowItem = {
  kind: 'row',
  needs: 'threads',
  marksSeen: false,
  write(out, { threads }, row) {
    out.text(`THREADID (${formatThreadId(threads[row] as ThreadId)})`)
  },
}
