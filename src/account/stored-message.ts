// Where a message lies in the log, and how to open it: what is looked up each time that a message is read, in one look-up.

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
  size: number,
  payloadOffset: number,
  key: Buffer | null,
  segment: number,
  offset: number,
  head: Buffer | null,
]

export class StoredMessages {
  readonly #get: Statement

  constructor(database: IndexDatabase) {
    this.#get = database.read(`
      SELECT size, payload_offset, payload_key, segment, offset, head
      FROM content LEFT JOIN mail USING (record) WHERE content.record = ?`)
  }

  /** Null if there is no content of the record. The key is the caller's, who wipes it. */
  get(record: number): StoredMessage | null {
    const row = this.#get.get(record) as Columns | undefined
    if (row === undefined) return null
    const [sizeBytes, payloadOffset, key, segment, offset, head] = row
    return {
      content: { sizeBytes, payload: key === null ? null : { key, offset: payloadOffset } },
      place: head === null || head.length === 0 ? null : { head, location: { segment: segment as Seq, offset } },
    }
  }
}
