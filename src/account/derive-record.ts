// Brings one record's message into the index: reads it, derives what is kept, stores that.

import { wipe } from '#base/bytes.ts'
import type { AccountIndex } from './account-index.ts'
import { damageNotice } from './damage-notice.ts'
import { type Derived, derive } from './derive.ts'
import type { MailReader } from './mail-reader.ts'

/** What was derived; of the notice in its place if the record is damaged. */
export function deriveRecord(index: AccountIndex, reader: MailReader, record: number): Derived {
  const entry = index.mails.entry(record)
  const opened = entry === null ? null : reader.openByIdentity(entry)
  const bytes = opened?.bytes ?? damageNotice(record, entry?.header.time ?? 0)
  try {
    const derived = derive(bytes)
    index.putContent(record, derived, opened?.payload ?? null)
    return derived
  } finally {
    wipe(bytes, opened?.payload.key)
  }
}
