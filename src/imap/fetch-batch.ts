// Gathers messages for FETCH: some hundreds at a time, each column of them with one request to the account.

import { assert } from '#base/assert.ts'
import type { EmailId } from '#base/ids.ts'
import type { Account, MailboxView } from '#account/account.ts'
import type { Batch, Column } from './fetch-item.ts'
import type { SelectedMailbox, Spans } from './selected-mailbox.ts'
import type { Session } from './session.ts'

/** Of the messages whose stored items are in memory together. */
const BATCH_BYTES_MAX = 16 * 1_048_576

/** Where a walk through the spans is. */
export interface Walk {
  readonly spans: Spans
  span: number
  /** Position within the client's list, or -1 at the beginning of a span. */
  next: number
}

export function newBatch(session: Session, selected: SelectedMailbox, live: MailboxView, rowsMax: number): Batch {
  return {
    session,
    selected,
    live,
    count: 0,
    positions: new Int32Array(rowsMax),
    livePositions: new Int32Array(rowsMax),
    emails: new Uint32Array(rowsMax),
    stored: new Map(),
    dates: new Float64Array(0),
    saved: new Float64Array(0),
    sizes: new Float64Array(0),
    threads: new Uint32Array(0),
    previews: [],
  }
}

/** Rows of the next messages that are still there. Returns how many were gone. */
export function nextRows(batch: Batch, walk: Walk, changedSince: number | null): number {
  const { selected, live, positions, livePositions, emails } = batch
  const isAligned = selected.isAligned(live)
  let count = 0
  let gone = 0
  while (walk.span < walk.spans.length && count < positions.length) {
    const [first, last] = walk.spans[walk.span] as readonly [number, number]
    let position = Math.max(walk.next, first)
    for (; position <= last && count < positions.length; position++) {
      const at = isAligned ? position : live.indexOf(selected.uids[position] as number)
      if (at < 0) {
        gone++
        continue
      }
      if (changedSince !== null && (live.modseqs[at] as number) <= changedSince) continue
      positions[count] = position
      livePositions[count] = at
      emails[count] = selected.emails[position] as number
      count++
    }
    walk.next = position
    if (position > last) walk.span++
  }
  batch.count = count
  return gone
}

/**
 * Leaves to the next batch what would make this one too large: a header, an envelope and a body structure are each no larger than
 * their message, within a small factor.
 */
export function cutToSize(batch: Batch, walk: Walk): void {
  const { session, positions, emails } = batch
  const sizes = session.account.sizes(emails.subarray(0, batch.count))
  let sum = 0
  for (let row = 0; row < batch.count; row++) {
    sum += sizes[row] as number
    if (sum <= BATCH_BYTES_MAX || row === 0) continue
    const position = positions[row] as number
    while (walk.span >= walk.spans.length || (walk.spans[walk.span] as readonly [number, number])[0] > position)
      walk.span--
    walk.next = position
    batch.count = row
    return
  }
}

export function gather(batch: Batch, columns: ReadonlySet<Column>): void {
  const { account } = batch.session
  const emails = batch.emails.subarray(0, batch.count)
  batch.stored.clear()
  for (const column of columns) {
    if (column === 'dates') batch.dates = account.internalDates(emails)
    else if (column === 'saved') batch.saved = account.savedAt(batch.selected.id, uidsOf(batch))
    else if (column === 'sizes') batch.sizes = account.sizes(emails)
    else if (column === 'threads') batch.threads = account.threads(emails)
    else if (column === 'previews') batch.previews = previewsOf(account, emails)
    else {
      const items = account.items(column, emails)
      assert(items.length === batch.count, 'an item or null for each e-mail')
      batch.stored.set(column, items)
    }
  }
}

function uidsOf({ selected, positions, count }: Batch): Uint32Array {
  return Uint32Array.from(positions.subarray(0, count), (position) => selected.uids[position] as number)
}

function previewsOf(account: Account, emails: Uint32Array): (string | null)[] {
  return Array.from(emails, (email) => account.summary(email as EmailId)?.preview ?? null)
}

/** False if something that was asked of the row is not there, which means that its e-mail is gone. */
export function isComplete(batch: Batch, row: number): boolean {
  for (const items of batch.stored.values()) if (items[row] === null || items[row] === undefined) return false
  if (batch.previews.length > 0 && batch.previews[row] === null) return false
  return true
}

/** Follows a row through changes made since it was gathered. False if its message is gone. */
export function refreshRow(batch: Batch, row: number): boolean {
  const live = batch.selected.live()
  if (live === null) return false
  batch.live = live
  const at = batch.selected.livePosition(live, batch.positions[row] as number)
  batch.livePositions[row] = at
  return at >= 0
}
