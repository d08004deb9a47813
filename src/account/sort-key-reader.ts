// Sort keys of many messages at once. A row that crosses from SQLite into JavaScript by itself costs more than reading it: of each range of
// records one row comes, with their keys as JSON.

import type { SortKeyName, SortKeys } from './derive.ts'
import { type IndexDatabase, IndexDamagedError, type Statement } from './index-database.ts'

const COLUMNS: Readonly<Record<SortKeyName, string>> = {
  subject: 'subject',
  fromBox: 'from_box',
  toBox: 'to_box',
  ccBox: 'cc_box',
  fromName: 'from_name',
  toName: 'to_name',
  sentAt: 'sent',
  sentZoneMinutes: 'zone',
}

/** Records in one range: their keys are in memory twice for a moment. */
const RANGE_RECORDS = 1024
/** Records that nobody asked for and that are read nevertheless, because a range of its own costs as much. */
const GAP_RECORDS = 16

export class SortKeyReader {
  readonly #database: IndexDatabase
  readonly #statements = new Map<SortKeyName, Statement>()

  constructor(database: IndexDatabase) {
    this.#database = database
  }

  /** In the order given; null where there is nothing of the record. */
  read<Name extends SortKeyName>(name: Name, records: readonly number[]): (SortKeys[Name] | null)[] {
    const statement = this.#statement(name)
    const keys: (SortKeys[Name] | null)[] = records.map(() => null)
    const order = increasing(records)
    for (let start = 0; start < order.length;) {
      const end = rangeEnd(records, order, start)
      const first = records[order[start] as number] as number
      const last = records[order[end - 1] as number] as number
      const [found, values] = (statement.get(first, last) ?? []).map(parsed) as [number[], SortKeys[Name][]]
      let at = 0
      for (; start < end; start++) {
        const place = order[start] as number
        const record = records[place] as number
        while (at < found.length && (found[at] as number) < record) at++
        if (found[at] === record) keys[place] = values[at] as SortKeys[Name]
      }
    }
    return keys
  }

  #statement(name: SortKeyName): Statement {
    let statement = this.#statements.get(name)
    if (statement === undefined) {
      const rows = `SELECT record, ${COLUMNS[name]} AS key FROM sort_key WHERE record BETWEEN ? AND ? ORDER BY record`
      statement = this.#database.read(`SELECT json_group_array(record), json_group_array(key) FROM (${rows})`)
      this.#statements.set(name, statement)
    }
    return statement
  }
}

function parsed(json: unknown): unknown {
  try {
    return JSON.parse(json as string)
  } catch {
    throw new IndexDamagedError('sort keys')
  }
}

/** Places in `records`, in the order of the records there. */
function increasing(records: readonly number[]): Uint32Array {
  const order = new Uint32Array(records.length)
  let isIncreasing = true
  for (let place = 0; place < records.length; place++) {
    order[place] = place
    if (place > 0 && (records[place - 1] as number) > (records[place] as number)) isIncreasing = false
  }
  return isIncreasing ? order : order.sort((a, b) => (records[a] as number) - (records[b] as number))
}

/** Where the range that begins at `start` ends: before a gap that is not worth reading, or when it is long enough. */
function rangeEnd(records: readonly number[], order: Uint32Array, start: number): number {
  const first = records[order[start] as number] as number
  let previous = first
  let end = start + 1
  for (; end < order.length; end++) {
    const record = records[order[end] as number] as number
    if (record - previous > GAP_RECORDS || record - first >= RANGE_RECORDS) break
    previous = record
  }
  return end
}
