// Messages as of then, from the log: the right bytes, or why there are none.

import type { EmailId, Seq } from '#base/ids.ts'
import { wipe } from '#base/bytes.ts'
import type { Steps } from '#base/steps.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import type { LogReader } from '#ledger/reader.ts'
import { parseInSteps } from '#message/parse.ts'
import { type Summary, summarizeInSteps } from '#message/summary.ts'
import type { AccountIndex } from '#account/account-index.ts'
import type { LogEntry } from '#account/account-log.ts'
import type { MailReader } from '#account/mail-reader.ts'
import type { PastRow } from './past-account.ts'

/** `dropped`: its payload was removed when its retention time was over. `damaged`: it cannot be read as it was received. */
export type Unreadable = 'dropped' | 'damaged'

export type PastMessage =
  /** Wiped by the caller. */
  { readonly state: 'present'; readonly bytes: Buffer } | { readonly state: Unreadable }

export type PastSummary =
  | { readonly email: EmailId; readonly state: 'present'; readonly summary: Summary; readonly sizeBytes: number }
  | { readonly email: EmailId; readonly state: Unreadable }

export interface PastMailParts {
  readonly index: AccountIndex
  readonly reader: LogReader
  readonly mailReader: MailReader
}

/** Where a record lies; null if that cannot be read. */
export function entryOfRecord(
  { index, reader }: Pick<PastMailParts, 'index' | 'reader'>,
  record: number,
): LogEntry | null {
  const known = index.mails.entry(record)
  if (known !== null) return known
  const found = reader.locate(record as Seq)
  return found?.header.kind === 'mail' ? found : null
}

/** Of a record that could not be opened. */
export function whyUnreadable(reader: LogReader, entry: LogEntry | null): Unreadable {
  if (entry === null) return 'damaged'
  try {
    reader.readPayload(entry.location, entry.header)
    return 'damaged'
  } catch (error) {
    if (error instanceof DamagedRecordError) return error.fault === 'dropped' ? 'dropped' : 'damaged'
    throw error
  }
}

/** By the record's head alone. Null: it is there, and nobody knows whether it is whole. */
export function knownUnreadable(parts: PastMailParts, record: number): Unreadable | null {
  const { index, reader } = parts
  if (index.damaged.has(record)) return 'damaged'
  const entry = entryOfRecord(parts, record)
  if (entry === null) return 'damaged'
  return reader.payloadState(entry.location, entry.header) === 'dropped' ? 'dropped' : null
}

export function* openPastMessage(parts: PastMailParts, record: number): Steps<PastMessage> {
  const entry = entryOfRecord(parts, record)
  const opened = entry === null ? null : yield* parts.mailReader.openByIdentityInSteps(entry)
  if (opened === null) return { state: whyUnreadable(parts.reader, entry) }
  wipe(opened.payload.key)
  return { state: 'present', bytes: opened.bytes }
}

/** From the index where it has the message today, else from the log. */
export function* summarizePastMessage(parts: PastMailParts, { email, record }: PastRow): Steps<PastSummary> {
  const { index } = parts
  if (!index.damaged.has(record)) {
    const summary = index.content.summary(record)
    if (summary !== null) return { email, state: 'present', summary, sizeBytes: index.mails.sizeOf(record) }
  }
  yield
  const message = yield* openPastMessage(parts, record)
  if (message.state !== 'present') return { email, state: message.state }
  try {
    const part = yield* parseInSteps(message.bytes)
    const summary = yield* summarizeInSteps(message.bytes, part)
    return { email, state: 'present', summary, sizeBytes: message.bytes.length }
  } finally {
    wipe(message.bytes)
  }
}
