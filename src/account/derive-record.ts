// Brings one record's message into the index: reads it, derives what is kept, stores that.

import { wipe } from '#base/bytes.ts'
import { type Steps, atOnce } from '#base/steps.ts'
import { MainHeader } from '#message/main-header.ts'
import { parseInSteps } from '#message/parse.ts'
import type { AccountIndex } from './account-index.ts'
import type { LogEntry } from './account-log.ts'
import type { PayloadKey } from './content-store.ts'
import { damageNotice } from './damage-notice.ts'
import {
  type Derived,
  type DerivedText,
  type StorableContent,
  type StorableTexts,
  deriveInSteps,
  deriveTextInSteps,
} from './derive.ts'
import type { MailReader, OpenedMail } from './mail-reader.ts'

/** Everything that is stored of a record's message. Store it, or wipe the payload's key. */
export interface StorableRecord {
  readonly derived: StorableContent
  readonly text: StorableTexts
  /** Null for the notice that stands for a damaged record. */
  readonly payload: PayloadKey | null
}

/** The same as it was derived. */
export interface DerivedRecord extends StorableRecord {
  readonly derived: Derived
  readonly text: DerivedText
}

/** Of the notice in its place if the record is damaged. `payload` is how it may be opened, and the caller's. */
export function* deriveRecordInSteps(
  index: AccountIndex,
  reader: MailReader,
  record: number,
  payload: PayloadKey | null = null,
): Steps<DerivedRecord> {
  const entry = index.mails.entry(record)
  const opened = entry === null ? null : yield* openInSteps(reader, entry, payload)
  const bytes = opened?.bytes ?? damageNotice(record, entry?.header.time ?? 0)
  try {
    return yield* deriveMessageInSteps(bytes, opened?.payload ?? null)
  } finally {
    wipe(bytes)
  }
}

function* openInSteps(reader: MailReader, entry: LogEntry, payload: PayloadKey | null): Steps<OpenedMail | null> {
  const bytes = payload === null ? null : yield* reader.openInSteps(entry, payload)
  if (payload === null || bytes === null) return yield* reader.openByIdentityInSteps(entry)
  return { bytes, payload: { key: Buffer.from(payload.key), offset: payload.offset } }
}

/** `payload` is how it is opened. Does not keep the bytes. */
export function* deriveMessageInSteps(bytes: Buffer, payload: PayloadKey | null): Steps<DerivedRecord> {
  const part = yield* parseInSteps(bytes)
  const header = new MainHeader(bytes, part)
  const derived = yield* deriveInSteps(bytes, part, header)
  return { derived, text: yield* deriveTextInSteps(bytes, part, header), payload }
}

/** The payload's key is wiped. */
export function storeRecord(index: AccountIndex, record: number, { derived, text, payload }: StorableRecord): void {
  try {
    index.putContent(record, derived, payload, text)
  } finally {
    wipe(payload?.key)
  }
}

/** Reads and stores it at once. */
export function deriveRecord(index: AccountIndex, reader: MailReader, record: number): void {
  storeRecord(index, record, atOnce(deriveRecordInSteps(index, reader, record)))
}

/** Stores at once what is derived of these bytes, which stay the caller's; the payload's key is wiped. */
export function putMessage(index: AccountIndex, record: number, bytes: Buffer, payload: PayloadKey): void {
  storeRecord(index, record, atOnce(deriveMessageInSteps(bytes, payload)))
}
