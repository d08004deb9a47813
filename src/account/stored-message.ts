// Where a message lies in the log, and how to open it: what is looked up each time that a message is read, in one look-up.

import { wipe } from '#base/bytes.ts'
import type { Seq } from '#base/ids.ts'
import type { Location } from '#ledger/record.ts'
import type { LogEntry } from './account-log.ts'
import type { Content } from './content-store.ts'
import type { IndexDatabase, Statement } from './index-database.ts'
import { headerOf } from './position-store.ts'

/** Where a record is, and the head that it has. */
export interface RecordPlace {
  readonly location: Location
  /** Encoded: reading the record compares it, and most often needs nothing of what is in it. */
  readonly head: Buffer
}

export interface StoredMessage {
  readonly content: Content
  /** Null if the record's head could not be read. */
  readonly place: RecordPlace | null
}

/** Throws IndexDamagedError. */
export function entryOf({ head, location }: RecordPlace): LogEntry {
  return { header: headerOf(head), location }
}

type Columns = [
  record: number,
  size: number,
  payloadOffset: number,
  key: Buffer | null,
  segment: number,
  offset: number,
  head: Buffer | null,
]

/** Of messages that are read one after the other so many are looked up together. */
const AHEAD = 32
/** Between two messages there is the journal record that filed one. */
const GAP_MAX = 2

export class StoredMessages {
  readonly #database: IndexDatabase
  readonly #from: Statement
  /** Looked up with one before them. */
  readonly #ahead = new Map<number, StoredMessage>()
  /** Of the index when they were. */
  #version = -1
  #last = -1

  constructor(database: IndexDatabase) {
    this.#database = database
    this.#from = database.read(`
      SELECT record, size, payload_offset, payload_key, segment, offset, head
      FROM content LEFT JOIN mail USING (record) WHERE content.record BETWEEN ? AND ? ORDER BY content.record LIMIT ?`)
  }

  /** Null if there is no content of the record. The key is the caller's, who wipes it. */
  get(record: number): StoredMessage | null {
    const isNext = record > this.#last && record - this.#last <= GAP_MAX
    this.#last = record
    const { version } = this.#database
    const known = this.#ahead.get(record)
    if (known !== undefined && version === this.#version) {
      this.#ahead.delete(record)
      return known
    }
    for (const { content } of this.#ahead.values()) wipe(content.payload?.key)
    this.#ahead.clear()
    this.#version = version
    const rows = this.#from.all(record, isNext ? record + AHEAD * GAP_MAX : record, AHEAD) as Columns[]
    for (const row of rows) this.#ahead.set(row[0], storedMessage(row))
    const found = this.#ahead.get(record) ?? null
    this.#ahead.delete(record)
    return found
  }
}

function storedMessage([, sizeBytes, payloadOffset, key, segment, offset, head]: Columns): StoredMessage {
  return {
    content: { sizeBytes, payload: key === null ? null : { key, offset: payloadOffset } },
    place: head === null || head.length === 0 ? null : { head, location: { segment: segment as Seq, offset } },
  }
}
