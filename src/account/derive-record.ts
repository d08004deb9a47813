// Brings one record's message into the index: reads it, derives what is kept, stores that.

import { wipe } from '#base/bytes.ts'
import type { AccountIndex } from './account-index.ts'
import { damageNotice } from './damage-notice.ts'
import { derive } from './derive.ts'
import type { MailReader } from './mail-reader.ts'

/** Bytes of the message. False: the record is damaged, and a notice stands in its place. */
export function deriveRecord(
  index: AccountIndex,
  reader: MailReader,
  record: number,
): { readonly intact: boolean; readonly sizeBytes: number } {
  const entry = index.mails.entry(record)
  const opened = entry === null ? null : reader.openByIdentity(entry)
  if (opened === null) {
    const derived = derive(damageNotice(record, entry?.header.time ?? 0))
    index.putContent(record, derived, null)
    return { intact: false, sizeBytes: derived.sizeBytes }
  }
  try {
    index.putContent(record, derive(opened.bytes), opened.payload)
    return { intact: true, sizeBytes: opened.bytes.length }
  } finally {
    wipe(opened.bytes, opened.payload.key)
  }
}
