// Brings one record's message into the index: reads it, derives what is kept, stores that.

import { wipe } from '#base/bytes.ts'
import { parseMessage } from '#message/parse.ts'
import type { AccountIndex } from './account-index.ts'
import type { PayloadKey } from './content-store.ts'
import { damageNotice } from './damage-notice.ts'
import { type Derived, derive, deriveText } from './derive.ts'
import type { MailReader } from './mail-reader.ts'

/** What was derived; of the notice in its place if the record is damaged. */
export function deriveRecord(index: AccountIndex, reader: MailReader, record: number): Derived {
  const entry = index.mails.entry(record)
  const opened = entry === null ? null : reader.openByIdentity(entry)
  const bytes = opened?.bytes ?? damageNotice(record, entry?.header.time ?? 0)
  try {
    return putMessage(index, record, bytes, opened?.payload ?? null)
  } finally {
    wipe(bytes, opened?.payload.key)
  }
}

/** Everything that is derived of a message is stored; `payload` is null for the notice that stands for a damaged one. */
export function putMessage(index: AccountIndex, record: number, bytes: Buffer, payload: PayloadKey | null): Derived {
  const part = parseMessage(bytes)
  const derived = derive(bytes, part)
  index.putContent(record, derived, payload, deriveText(bytes, part))
  return derived
}
