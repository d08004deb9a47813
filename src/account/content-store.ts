// What is derived from messages, in the index: by record, ready to be sent. Each kind has a table of its own, so that a client which asks for
// one of them for a whole mailbox reads the pages of that one only.

import { type Part } from '#message/part.ts'
import { decodePartTable } from '#message/part-table.ts'
import type { Summary } from '#message/summary.ts'
import type { StoredItem } from './account.ts'
import type { SortKeyName, SortKeys, StorableContent } from './derive.ts'
import { type IndexDatabase, type Statement, TEXT } from './index-database.ts'
import { SortKeyReader } from './sort-key-reader.ts'

/** How to open the payload of the record: its own key, so that reading needs no public-key operation. */
export interface PayloadKey {
  /** 32 bytes. */
  readonly key: Uint8Array
  /** Where the chunks begin in the record's payload. */
  readonly offset: number
}

/** By record. */
export type PayloadKeys = Map<number, PayloadKey>

export interface Content {
  readonly sizeBytes: number
  /** Null if the record could not be read when it was looked at last: what is stored is of the notice in its place. */
  readonly payload: PayloadKey | null
}

export class ContentStore {
  readonly #statements: ReturnType<typeof prepare>
  readonly #items: Readonly<Record<StoredItem, Statement>>
  readonly #sortKeys: SortKeyReader

  constructor(database: IndexDatabase) {
    this.#statements = prepare(database)
    this.#sortKeys = new SortKeyReader(database)
    this.#items = {
      envelope: database.read('SELECT bytes FROM envelope WHERE record = ?'),
      bodystructure: database.read('SELECT extended FROM structure WHERE record = ?'),
      body: database.read('SELECT plain FROM structure WHERE record = ?'),
      header: database.read('SELECT bytes FROM header WHERE record = ?'),
    }
  }

  /** There is nothing yet of the record. `payload` is null for a damaged one. */
  put(record: number, derived: StorableContent, payload: PayloadKey | null): void {
    const { content, envelope, structure, header, sortKey } = this.#statements
    if (payload === null) this.#statements.putDamaged.run(record)
    const { sizeBytes, parts } = derived
    const summary = Buffer.isBuffer(derived.summary) ? derived.summary : JSON.stringify(derived.summary)
    content.run(record, sizeBytes, payload?.offset ?? 0, payload?.key ?? null, parts, summary)
    envelope.run(record, derived.envelope)
    structure.run(record, derived.bodyStructure, derived.body)
    header.run(record, derived.header)
    const { subject, fromBox, toBox, ccBox, fromName, toName, sentAt, sentZoneMinutes } = derived.sortKeys
    sortKey.run(record, subject, fromBox, toBox, ccBox, fromName, toName, sentAt, sentZoneMinutes)
  }

  remove(record: number): void {
    for (const statement of this.#statements.removals) statement.run(record)
  }

  has(record: number): boolean {
    return this.#statements.size.get(record) !== undefined
  }

  content(record: number): Content | null {
    const row = this.#statements.payload.get(record)
    if (row === undefined) return null
    const [sizeBytes, offset, key] = row
    return {
      sizeBytes: sizeBytes as number,
      payload: key === null ? null : { key: key as Buffer, offset: offset as number },
    }
  }

  item(item: StoredItem, record: number): Buffer | null {
    return (this.#items[item].get(record)?.[0] ?? null) as Buffer | null
  }

  summary(record: number): Summary | null {
    const row = this.#statements.summary.get(record)
    return row === undefined ? null : (JSON.parse(row[0] as string) as Summary)
  }

  parts(record: number): Part | null {
    const row = this.#statements.parts.get(record)
    return row === undefined ? null : decodePartTable(row[0] as Buffer)
  }

  /** One key of many records, in the order given; null where there is nothing of the record. */
  sortKeys<Name extends SortKeyName>(name: Name, records: readonly number[]): (SortKeys[Name] | null)[] {
    return this.#sortKeys.read(name, records)
  }

  damagedRecords(): number[] {
    return this.#statements.damaged.all().map(([record]) => record as number)
  }
}

/** Of the records between these, with them. Throws what reading an index does. */
export function payloadKeysIn(database: IndexDatabase, first: number, last: number): PayloadKeys {
  const rows = database
    .read(
      'SELECT record, payload_offset, payload_key FROM content WHERE record BETWEEN ? AND ? AND payload_key IS NOT NULL',
    )
    .all(first, last)
  return new Map(
    rows.map(([record, offset, key]) => [record as number, { key: key as Buffer, offset: offset as number }]),
  )
}

function prepare(database: IndexDatabase) {
  const tables = ['damaged', 'content', 'envelope', 'structure', 'header', 'sort_key']
  return {
    content: database.write(`INSERT INTO content VALUES (?, ?, ?, ?, ?, ${TEXT})`),
    envelope: database.write('INSERT INTO envelope VALUES (?, ?)'),
    structure: database.write('INSERT INTO structure VALUES (?, ?, ?)'),
    header: database.write('INSERT INTO header VALUES (?, ?)'),
    sortKey: database.write(
      `INSERT INTO sort_key VALUES (?, ${TEXT}, ${TEXT}, ${TEXT}, ${TEXT}, ${TEXT}, ${TEXT}, ?, ?)`,
    ),
    removals: tables.map((table) => database.write(`DELETE FROM ${table} WHERE record = ?`)),
    size: database.read('SELECT size FROM content WHERE record = ?'),
    payload: database.read('SELECT size, payload_offset, payload_key FROM content WHERE record = ?'),
    summary: database.read('SELECT summary FROM content WHERE record = ?'),
    parts: database.read('SELECT parts FROM content WHERE record = ?'),
    damaged: database.read('SELECT record FROM damaged'),
    putDamaged: database.write('INSERT INTO damaged VALUES (?)'),
  }
}
