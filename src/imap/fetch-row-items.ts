// FETCH items that are written from columns (RFC 9051 §6.4.5; MODSEQ: RFC 7162 §3.1.5; SAVEDATE: RFC 8514 §4.2).

import type { ResponseWriter } from '#base/response-writer.ts'
import type { StoredItem } from '#account/account.ts'
import { formatDateTime } from './date-time.ts'
import { type FieldFilter, filterHeader } from './fetch-header-fields.ts'
import type { Batch, RowItem } from './fetch-item.ts'
import { type Partial, applyPartial } from './fetch-section.ts'
import { writeLiteralHeader } from './literal-header.ts'
import { flagList } from './message-flags.ts'

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')

const UID = ascii('UID ')
const FLAGS = ascii('FLAGS ')
const MODSEQ = ascii('MODSEQ (')
const DATE = ascii('INTERNALDATE ')
const SAVED = ascii('SAVEDATE ')
const SIZE = ascii('RFC822.SIZE ')
const CLOSE = ascii(')')

export const uidItem: RowItem = {
  kind: 'row',
  needs: null,
  marksSeen: false,
  write(out, { selected, positions }, row) {
    out.bytes(UID)
    out.number(selected.uids[positions[row] as number] as number)
  },
}

export const flagsItem: RowItem = {
  kind: 'row',
  needs: null,
  marksSeen: false,
  write(out, { session, selected, live, livePositions }, row) {
    out.bytes(FLAGS)
    out.bytes(flagList(session, selected, live, livePositions[row] as number))
  },
}

export const modseqItem: RowItem = {
  kind: 'row',
  needs: null,
  marksSeen: false,
  write(out, { live, livePositions }, row) {
    out.bytes(MODSEQ)
    out.number(live.modseqs[livePositions[row] as number] as number)
    out.bytes(CLOSE)
  },
}

export const internalDateItem: RowItem = {
  kind: 'row',
  needs: 'dates',
  marksSeen: false,
  write(out, { dates }, row) {
    out.bytes(DATE)
    out.text(formatDateTime(dates[row] as number))
  },
}

export const saveDateItem: RowItem = {
  kind: 'row',
  needs: 'saved',
  marksSeen: false,
  write(out, { saved }, row) {
    out.bytes(SAVED)
    out.text(formatDateTime(saved[row] as number))
  },
}

export const sizeItem: RowItem = {
  kind: 'row',
  needs: 'sizes',
  marksSeen: false,
  write(out, { sizes }, row) {
    out.bytes(SIZE)
    out.number(sizes[row] as number)
  },
}

/** ENVELOPE, BODYSTRUCTURE and BODY are stored as they are sent. */
export function storedItem(name: string, needs: StoredItem): RowItem {
  const label = ascii(`${name} `)
  return {
    kind: 'row',
    needs,
    marksSeen: false,
    write(out, batch, row) {
      out.bytes(label)
      out.bytes(storedBytes(batch, needs, row))
    },
  }
}

/** The message's header, or fields of it, from the stored header. */
export function headerItem(
  label: string,
  filter: FieldFilter | null,
  partial: Partial | null,
  marksSeen: boolean,
): RowItem {
  const name = ascii(`${label} `)
  return {
    kind: 'row',
    needs: 'header',
    marksSeen,
    write(out, batch, row) {
      const header = storedBytes(batch, 'header', row)
      const bytes = filter === null ? header : filterHeader(header, filter)
      const range = applyPartial({ start: 0, end: bytes.length }, partial)
      writeLiteral(out, name, bytes.subarray(range.start, range.end))
    },
  }
}

function writeLiteral(out: ResponseWriter, label: Buffer, bytes: Uint8Array): void {
  out.bytes(label)
  writeLiteralHeader(out, bytes.length, false)
  out.bytes(bytes)
}

function storedBytes(batch: Batch, item: StoredItem, row: number): Buffer {
  const bytes = batch.stored.get(item)?.[row]
  // Rows without it are passed over before anything of them is written.
  if (bytes === undefined || bytes === null) throw new TypeError('the row was not gathered')
  return bytes
}
