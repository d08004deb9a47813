// What the fold and list views need of every e-mail, in columns, in memory for as long as the account is open: 60 bytes each. Ids
// are dense but e-mails end, so the columns come in chunks that are dropped when their last e-mail has gone. A chunk is as long as its last e-mail
// needs: most accounts that are open at a time are small.
//
// An e-mail lives as long as it is a member of a mailbox: `home` is one of its memberships, and 0 means that there is no such e-mail.

import { assert } from '#base/assert.ts'
import type { UnpackedColumns } from './packed-columns.ts'

const EMAIL_CHUNK_SHIFT = 10
const CHUNK_ROWS = 1 << EMAIL_CHUNK_SHIFT
const ROW_MASK = CHUNK_ROWS - 1
/** Of a restored e-mail, until its first membership is. */
const UNKNOWN_HOME = 0xffff_ffff
/** A power of 2. */
const ROWS_MIN = 16
const NARROW = ['homes', 'homeUids', 'flags', 'threads', 'sizes'] as const
const WIDE = ['modseqs', 'createdModseqs', 'dates', 'records'] as const

export class EmailChunk {
  /** The first id of the chunk. */
  readonly first: number
  live = 0
  /** No e-mail of the chunk has a greater modseq. */
  latestModseq = 0
  homes = new Uint32Array(ROWS_MIN)
  homeUids = new Uint32Array(ROWS_MIN)
  /** Even ids of FlagSets. */
  flags = new Uint32Array(ROWS_MIN)
  threads = new Uint32Array(ROWS_MIN)
  sizes = new Uint32Array(ROWS_MIN)
  modseqs = new Float64Array(ROWS_MIN)
  createdModseqs = new Float64Array(ROWS_MIN)
  dates = new Float64Array(ROWS_MIN)
  records = new Float64Array(ROWS_MIN)

  constructor(number: number) {
    this.first = number << EMAIL_CHUNK_SHIFT
  }

  /** Rows that there is room for: what is beyond is of no e-mail. */
  get rows(): number {
    return this.homes.length
  }

  /** Makes room for the row. */
  reserve(row: number): void {
    if (row < this.rows) return
    let rows = this.rows
    while (rows <= row) rows *= 2
    for (const column of NARROW) this[column] = grownTo(new Uint32Array(rows), this[column])
    for (const column of WIDE) this[column] = grownTo(new Float64Array(rows), this[column])
  }

  copy(): EmailChunk {
    const copy = new EmailChunk(this.first >>> EMAIL_CHUNK_SHIFT)
    copy.live = this.live
    copy.latestModseq = this.latestModseq
    for (const column of NARROW) copy[column] = this[column].slice()
    for (const column of WIDE) copy[column] = this[column].slice()
    return copy
  }
}

function grownTo<T extends Uint32Array | Float64Array>(column: T, old: T): T {
  column.set(old)
  return column
}

export interface EmailRow {
  readonly home: number
  readonly homeUid: number
  readonly flags: number
  readonly thread: number
  readonly sizeBytes: number
  readonly modseq: number
  readonly createdModseq: number
  readonly internalDate: number
  readonly record: number
}

function hasRow({ homes }: EmailChunk, row: number): boolean {
  return row < homes.length && homes[row] !== 0
}

export class EmailTable {
  /** The id that the next e-mail gets. */
  next = 1
  live = 0
  /** Chunks whose columns changed since they were last stored. */
  readonly dirty = new Set<number>()
  readonly #chunks: (EmailChunk | undefined)[] = []
  #unclaimed = 0

  /** The chunk that holds a live e-mail, or null. Its row is `row(id)`. */
  chunkOf(id: number): EmailChunk | null {
    const chunk = this.#chunks[id >>> EMAIL_CHUNK_SHIFT]
    return chunk !== undefined && hasRow(chunk, id & ROW_MASK) ? chunk : null
  }

  row(id: number): number {
    return id & ROW_MASK
  }

  has(id: number): boolean {
    return this.chunkOf(id) !== null
  }

  get(id: number): EmailRow | null {
    const chunk = this.chunkOf(id)
    if (chunk === null) return null
    const row = id & ROW_MASK
    return {
      home: chunk.homes[row] as number,
      homeUid: chunk.homeUids[row] as number,
      flags: chunk.flags[row] as number,
      thread: chunk.threads[row] as number,
      sizeBytes: chunk.sizes[row] as number,
      modseq: chunk.modseqs[row] as number,
      createdModseq: chunk.createdModseqs[row] as number,
      internalDate: chunk.dates[row] as number,
      record: chunk.records[row] as number,
    }
  }

  /** The record of a live e-mail, or -1. */
  recordOf(id: number): number {
    const chunk = this.chunkOf(id)
    return chunk === null ? -1 : (chunk.records[id & ROW_MASK] as number)
  }

  /** Puts a row at `id`, which is not in use. */
  put(id: number, row: EmailRow): void {
    const number = id >>> EMAIL_CHUNK_SHIFT
    const chunk = (this.#chunks[number] ??= new EmailChunk(number))
    const at = id & ROW_MASK
    chunk.reserve(at)
    assert(chunk.homes[at] === 0 && row.home !== 0, 'an e-mail begins once')
    chunk.homes[at] = row.home
    chunk.homeUids[at] = row.homeUid
    chunk.flags[at] = row.flags
    chunk.threads[at] = row.thread
    chunk.sizes[at] = row.sizeBytes
    chunk.modseqs[at] = row.modseq
    chunk.createdModseqs[at] = row.createdModseq
    chunk.dates[at] = row.internalDate
    chunk.records[at] = row.record
    chunk.live++
    this.live++
    this.touch(id)
  }

  remove(id: number): void {
    const chunk = this.chunkOf(id)
    assert(chunk !== null, 'a live e-mail')
    chunk.homes[id & ROW_MASK] = 0
    chunk.live--
    this.live--
    this.touch(id)
    if (chunk.live === 0) this.#chunks[id >>> EMAIL_CHUNK_SHIFT] = undefined
  }

  /** A stored chunk: the columns in the order of `packEmails`, its last one the rows. */
  restoreChunk(number: number, { count, wide, narrow }: UnpackedColumns): void {
    const chunk = new EmailChunk(number)
    const [modseqs, created, dates, records] = wide as [Float64Array, Float64Array, Float64Array, Float64Array]
    const [flags, threads, sizes, rows] = narrow as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
    // They increase.
    if (count > 0) chunk.reserve((rows[count - 1] as number) & ROW_MASK)
    for (let at = 0; at < count; at++) {
      const row = (rows[at] as number) & ROW_MASK
      chunk.homes[row] = UNKNOWN_HOME
      chunk.flags[row] = flags[at] as number
      chunk.threads[row] = threads[at] as number
      chunk.sizes[row] = sizes[at] as number
      chunk.modseqs[row] = modseqs[at] as number
      chunk.createdModseqs[row] = created[at] as number
      chunk.dates[row] = dates[at] as number
      chunk.records[row] = records[at] as number
    }
    for (const modseq of modseqs) chunk.latestModseq = Math.max(chunk.latestModseq, modseq)
    chunk.live = count
    this.live += count
    this.#chunks[number] = chunk
    this.#unclaimed += count
  }

  /** Tells a restored e-mail of a membership; false if it has a home already. */
  claim(id: number, mailbox: number, uid: number): boolean {
    const chunk = this.chunkOf(id)
    const row = id & ROW_MASK
    if (chunk === null || chunk.homes[row] !== UNKNOWN_HOME) return false
    chunk.homes[row] = mailbox
    chunk.homeUids[row] = uid
    this.#unclaimed--
    return true
  }

  /** True when every restored e-mail is a member of a mailbox. */
  get complete(): boolean {
    return this.#unclaimed === 0
  }

  /** Marks the chunk of `id` to be stored. Its columns have been changed. */
  touch(id: number): void {
    const number = id >>> EMAIL_CHUNK_SHIFT
    this.dirty.add(number)
    const chunk = this.#chunks[number]
    if (chunk === undefined) return
    const modseq = chunk.modseqs[id & ROW_MASK] as number
    if (modseq > chunk.latestModseq) chunk.latestModseq = modseq
  }

  /** The same e-mails, on their own. */
  copy(): EmailTable {
    const copy = new EmailTable()
    copy.next = this.next
    copy.live = this.live
    for (const [number, chunk] of this.#chunks.entries()) copy.#chunks[number] = chunk?.copy()
    return copy
  }

  chunk(number: number): EmailChunk | null {
    return this.#chunks[number] ?? null
  }

  /** Live ids, increasing. */
  *ids(): Generator<number> {
    for (const chunk of this.#chunks) {
      if (chunk === undefined) continue
      for (let row = 0; row < chunk.rows; row++) if (chunk.homes[row] !== 0) yield chunk.first + row
    }
  }

  /** Live e-mails with ids from `first` on, increasing. */
  *from(first: number): Generator<{ readonly id: number; readonly thread: number }> {
    for (let number = first >>> EMAIL_CHUNK_SHIFT; number < this.#chunks.length; number++) {
      const chunk = this.#chunks[number]
      if (chunk === undefined) continue
      for (let row = Math.max(0, first - chunk.first); row < chunk.rows; row++) {
        if (chunk.homes[row] !== 0) yield { id: chunk.first + row, thread: chunk.threads[row] as number }
      }
    }
  }

  /** Tells of live e-mails that began or changed after `modseq`, increasing. Chunks without any cost nothing. */
  forEachChanged(modseq: number, tell: (id: number, thread: number, changed: number, begun: number) => void): void {
    for (const chunk of this.#chunks) {
      if (chunk === undefined || chunk.latestModseq <= modseq) continue
      const { first, modseqs, homes, threads, createdModseqs } = chunk
      for (let row = 0; row < homes.length; row++) {
        const changed = modseqs[row] as number
        if (changed <= modseq || homes[row] === 0) continue
        tell(first + row, threads[row] as number, changed, createdModseqs[row] as number)
      }
    }
  }
}
