// Runs a FETCH over messages: in batches, between which other sessions have their turn and a slow reader is waited for.

import type { EmailId } from '#base/ids.ts'
import { CommitRefusedError, DamagedMessageError } from '#account/account.ts'
import { cutToSize, gather, isComplete, newBatch, nextRows, refreshRow } from './fetch-batch.ts'
import { MessageContent, sliceLength } from './fetch-content.ts'
import type { Batch, Column, ContentItem, ContentValue, FetchItem } from './fetch-item.ts'
import { writeLiteralHeader } from './literal-header.ts'
import type { SelectedMailbox, Spans } from './selected-mailbox.ts'
import { rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'
import { TimeSlice } from '#base/time-slice.ts'

export interface FetchReport {
  /** Messages that were expunged, though the client was not told yet. */
  gone: number
  damaged: number
  /** Parts whose encoding is not known. */
  undecodable: number
}

/** Small columns take a few milliseconds for this many. */
const ROWS = 512
/** Headers and contents are larger. */
const CONTENT_ROWS = 64
const WRITE_BYTES = 65_536
const COLUMNS_OF_NUMBERS: ReadonlySet<Column> = new Set<Column>(['dates', 'saved', 'sizes', 'threads', 'previews'])

/** Throws SessionEndedError. */
export async function fetchSpans(
  session: Session,
  selected: SelectedMailbox,
  spans: Spans,
  items: readonly FetchItem[],
  changedSince: number | null,
): Promise<FetchReport> {
  const report: FetchReport = { gone: 0, damaged: 0, undecodable: 0 }
  const columns = columnsOf(items)
  const hasContent = items.some((item) => item.kind === 'content')
  const hasStored = [...columns].some((column) => !COLUMNS_OF_NUMBERS.has(column))
  // Of the message, and not only about it.
  const hasText = hasContent || hasStored || columns.has('previews')
  const live = selected.live()
  if (live === null) return { ...report, gone: spans.length }
  const rowsMax = hasContent || columns.has('header') || columns.has('previews') ? CONTENT_ROWS : ROWS
  const batch = newBatch(session, selected, live, Math.min(rowsMax, countOf(spans)))
  const walk = { spans, span: 0, next: 0 }
  const slice = new TimeSlice(session.host)
  const marksSeen = !selected.isReadOnly && items.some((item) => item.marksSeen)
  const served: number[] = []
  while (walk.span < spans.length) {
    batch.live = selected.live() ?? live
    report.gone += nextRows(batch, walk, changedSince)
    if (hasStored) cutToSize(batch, walk)
    gather(batch, columns)
    for (let row = 0; row < batch.count; row++) {
      if (!isComplete(batch, row)) report.gone++
      else if (!hasContent) writeRow(batch, row, items, [])
      else if (!(await writeContentRow(batch, row, items, report))) continue
      if (marksSeen) served.push(selected.uids[batch.positions[row] as number] as number)
      if (hasText) session.boundary()
      if (hasContent && slice.isOver) await slice.next()
    }
    // What has been written is not held for a client that does not read.
    batch.stored.clear()
    await session.room()
    if (slice.isOver) await slice.next()
    session.checkConnected()
  }
  if (served.length > 0) await markSeen(session, selected, served)
  return report
}

export function countOf(spans: Spans): number {
  return spans.reduce((count, [first, last]) => count + last - first + 1, 0)
}

function columnsOf(items: readonly FetchItem[]): Set<Column> {
  const columns = new Set<Column>()
  for (const item of items) {
    if (item.kind === 'row' && item.needs !== null) columns.add(item.needs)
  }
  return columns
}

/** `values` are those of the content items, in their order. */
function writeRow(batch: Batch, row: number, items: readonly FetchItem[], values: readonly ContentValue[]): void {
  const { out } = batch.session
  writeOpening(batch, row)
  let separator = false
  for (const item of items) {
    if (item.kind !== 'row') continue
    if (separator) out.text(' ')
    separator = true
    item.write(out, batch, row)
  }
  if (values.length === 0) out.text(')\r\n')
}

function writeOpening({ session, selected, positions }: Batch, row: number): void {
  const position = positions[row] as number
  session.out.text('* ')
  session.out.number(session.isUidOnly ? (selected.uids[position] as number) : position + 1)
  // RFC 9586 §3.3.
  session.out.text(session.isUidOnly ? ' UIDFETCH (' : ' FETCH (')
}

/** False if the message was gone or damaged, and nothing of its content was served. */
async function writeContentRow(
  batch: Batch,
  row: number,
  items: readonly FetchItem[],
  report: FetchReport,
): Promise<boolean> {
  const { session } = batch
  const contents = items.filter((item) => item.kind === 'content')
  const content = await openContent(session, batch.emails[row] as EmailId)
  using whole = content instanceof DamagedMessageError ? null : content
  const values: ContentValue[] = []
  let damage = content instanceof DamagedMessageError ? content : null
  for (const item of contents) {
    const value = whole === null ? null : await readValue(item, whole)
    if (value instanceof DamagedMessageError) damage ??= value
    else if (value === 'undecodable') report.undecodable++
    values.push(isValue(value) ? value : { kind: 'nil' })
  }
  session.checkConnected()
  if (!refreshRow(batch, row)) {
    report.gone++
    return false
  }
  if (damage !== null) {
    report.damaged++
    const uid = batch.selected.uids[batch.positions[row] as number] as number
    session.out.line(
      `* NO [ALERT] The message with UID ${uid} is damaged in storage${inParentheses(damage)}: what cannot be proven is not served`,
    )
  }
  writeRow(batch, row, items, values)
  const hasRowItems = contents.length < items.length
  for (const [index, value] of values.entries()) {
    if (index > 0 || hasRowItems) session.out.text(' ')
    session.out.bytes((contents[index] as ContentItem).label)
    await writeValue(session, whole, value, index === values.length - 1)
  }
  session.out.text(')\r\n')
  await session.room()
  return damage === null
}

function isValue(value: ContentValue | DamagedMessageError | 'undecodable' | null): value is ContentValue {
  return value !== null && value !== 'undecodable' && !(value instanceof DamagedMessageError)
}

function inParentheses({ damage }: DamagedMessageError): string {
  return damage === null ? '' : ` (${damage})`
}

async function openContent({ account, host }: Session, email: EmailId): Promise<MessageContent | DamagedMessageError> {
  try {
    return await MessageContent.of(account, email, host)
  } catch (error) {
    if (error instanceof DamagedMessageError) return error
    throw error
  }
}

async function readValue(
  item: ContentItem,
  content: MessageContent,
): Promise<ContentValue | DamagedMessageError | 'undecodable'> {
  try {
    return (await item.read(content)) ?? 'undecodable'
  } catch (error) {
    if (error instanceof DamagedMessageError) return error
    throw error
  }
}

/** `isLast`: nothing else of the message is to be written. */
async function writeValue(
  session: Session,
  content: MessageContent | null,
  value: ContentValue,
  isLast: boolean,
): Promise<void> {
  const { out } = session
  if (value.kind === 'nil' || content === null) return out.text(' NIL')
  out.text(' ')
  if (value.kind === 'number') return out.number(value.value)
  const { slice } = value
  writeLiteralHeader(out, sliceLength(slice), value.kind === 'literal8')
  if (slice.kind === 'stored') return writePieces(session, content.pieces(slice.start, slice.end))
  const written = await writeHeld(session, slice.bytes, isLast && slice.again !== undefined)
  if (written === slice.bytes.length || slice.again === undefined) return
  // Whoever takes its time does not hold a whole message in memory meanwhile: nothing refers to it any more.
  slice.bytes = new Uint8Array(0)
  content.letGo()
  return writePieces(session, slice.again(written))
}

/** Returns how much was written: all, unless much is left that `canLeave` when the client does not keep up. */
async function writeHeld(session: Session, bytes: Uint8Array, canLeave: boolean): Promise<number> {
  for (let at = 0; at < bytes.length; at += WRITE_BYTES) {
    session.out.bytes(bytes.subarray(at, at + WRITE_BYTES))
    if (session.out.room() === null) continue
    if (canLeave && at + 2 * WRITE_BYTES < bytes.length) return at + WRITE_BYTES
    await session.room()
  }
  return bytes.length
}

/** The size is announced: should the rest fail now, only the end of the connection tells the truth. */
async function writePieces(session: Session, pieces: AsyncGenerator<Uint8Array>): Promise<void> {
  session.isWithinReply = true
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += WRITE_BYTES) {
      if (session.out.room() !== null) await session.room()
      session.out.bytes(piece.subarray(at, at + WRITE_BYTES))
    }
    if (session.out.room() !== null) await session.room()
  }
  session.isWithinReply = false
}

/** The change comes back as a FETCH response at the end of the command. A log that takes nothing must not stop reading. */
async function markSeen(session: Session, selected: SelectedMailbox, uids: readonly number[]): Promise<void> {
  const live = selected.live()
  if (live === null) return
  const unseen = uids.filter((uid) => {
    const at = live.indexOf(uid)
    return at >= 0 && !session.shared.flagLists.get(live.flags[at] as number).seen
  })
  if (unseen.length === 0) return
  try {
    await session.account.commit([
      {
        kind: 'changeKeywords',
        mailbox: selected.id,
        set: rangesOf(unseen),
        mode: 'add',
        keywords: ['$seen'],
        unchangedSince: null,
      },
    ])
  } catch (error) {
    if (!(error instanceof CommitRefusedError)) throw error
    session.out.line('* NO The messages could not be marked as seen')
  }
}
