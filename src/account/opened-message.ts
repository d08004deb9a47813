// Opening one message for a session: the right bytes, or DamagedMessageError. An e-mail that is shown as damaged is looked at again first: if
// its record is whole by now, it heals.

import { wipe } from '#base/bytes.ts'
import type { EmailId, Seq } from '#base/ids.ts'
import type { AccountCore } from './account-core.ts'
import type { AccountIndex } from './account-index.ts'
import type { AccountLog } from './account-log.ts'
import { DamagedMessageError, type OpenedMessage } from './account.ts'
import { damageNotice } from './damage-notice.ts'
import { putMessage } from './derive-record.ts'
import type { MailReader } from './mail-reader.ts'
import { type RecordPlace, type StoredMessage, entryOf } from './stored-message.ts'

export interface MessageOpener {
  readonly core: AccountCore
  readonly log: AccountLog
  readonly mailReader: MailReader
}

interface Found extends StoredMessage {
  readonly record: number
}

function opened(bytes: Buffer, damage?: string): OpenedMessage {
  return { bytes, [Symbol.dispose]: () => wipe(bytes), ...(damage === undefined ? {} : { damage }) }
}

/** The whole message. */
export async function openMessage(opener: MessageOpener, id: EmailId): Promise<OpenedMessage> {
  const { bytes, damage } = readWhole(opener, await find(opener, id))
  return opened(bytes, damage)
}

/** Bytes `start` to `end`, cut to what there is. */
export async function openMessageRange(
  opener: MessageOpener,
  id: EmailId,
  start: number,
  end: number,
): Promise<OpenedMessage> {
  const found = await find(opener, id)
  const { content, place } = found
  const from = Math.min(Math.max(start, 0), content.sizeBytes)
  const to = Math.min(Math.max(end, from), content.sizeBytes)
  if (content.payload === null || place === null) {
    const { bytes: whole, damage } = readWhole(opener, found)
    const range = Buffer.from(whole.subarray(from, to))
    wipe(whole)
    return opened(range, damage)
  }
  const bytes = opener.mailReader.openRange(place, content.payload, from, to)
  wipe(content.payload.key)
  if (bytes === null) throw damaged(opener.mailReader, place)
  return opened(bytes)
}

function damaged(mailReader: MailReader, place: RecordPlace): DamagedMessageError {
  return new DamagedMessageError('the stored message is damaged', mailReader.describeDamage(entryOf(place)))
}

async function find({ core, log }: MessageOpener, id: EmailId): Promise<Found> {
  const record = core.index.state.emails.recordOf(id)
  if (record < 0) throw new DamagedMessageError('the e-mail has gone')
  // What has been heard of can be read.
  if (record >= core.follower.readable) await log.settled(record as Seq)
  const stored = core.use((index) => index.stored.get(record))
  if (stored === null) throw new DamagedMessageError('the e-mail has gone')
  return { record, ...stored }
}

function readWhole(
  { core, mailReader }: MessageOpener,
  { record, place, content }: Found,
): { readonly bytes: Buffer; readonly damage?: string } {
  if (content.payload === null || place === null) {
    const healed = core.use((index) => heal(core, index, mailReader, record))
    if (healed !== null) return { bytes: healed }
    const damage =
      (place === null ? null : mailReader.describeDamage(entryOf(place))) ??
      `record ${record}: it cannot be found, or not be opened`
    return { bytes: damageNotice(record, timeOf(place), damage), damage }
  }
  const bytes = mailReader.openStored(place, content.payload)
  wipe(content.payload.key)
  if (bytes === null) throw damaged(mailReader, place)
  return { bytes }
}

function timeOf(place: RecordPlace | null): number {
  return place === null ? 0 : entryOf(place).header.time
}

/** Looks at a damaged record again: its bytes, if it is whole by now; its e-mails then show the message. */
function heal(core: AccountCore, index: AccountIndex, mailReader: MailReader, record: number): Buffer | null {
  const entry = index.mails.entry(record)
  const read = entry === null ? null : mailReader.openByIdentity(entry)
  if (read === null) return null
  putMessage(index, record, read.bytes, read.payload)
  core.changed()
  return read.bytes
}
