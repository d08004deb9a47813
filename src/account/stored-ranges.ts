// A set of record numbers in the index, as ranges: one row for each, of which a change touches few.

import type { NumberRange } from '#base/number-ranges.ts'
import type { IndexDatabase, Statement } from './index-database.ts'

export class StoredRanges {
  readonly #touching: Statement
  readonly #at: Statement
  readonly #put: Statement
  readonly #delete: Statement

  /** `table` has the columns `first`, its key, and `last`. */
  constructor(database: IndexDatabase, table: 'released') {
    // From the one that begins at or before the first number.
    this.#touching = database.read(`
      SELECT first, last FROM ${table}
      WHERE first >= coalesce((SELECT max(first) FROM ${table} WHERE first <= ?), ?) AND first <= ? AND last >= ?
      ORDER BY first`)
    this.#at = database.read(`SELECT last FROM ${table} WHERE first <= ? ORDER BY first DESC LIMIT 1`)
    this.#put = database.write(`INSERT INTO ${table} (first, last) VALUES (?, ?)`)
    this.#delete = database.write(`DELETE FROM ${table} WHERE first = ?`)
  }

  has(number: number): boolean {
    const last = this.#at.get(number)?.[0]
    return typeof last === 'number' && last >= number
  }

  add(first: number, last: number): void {
    let [start, end] = [first, last]
    for (const [from, to] of this.#rows(first - 1, last + 1)) {
      this.#delete.run(from)
      start = Math.min(start, from)
      end = Math.max(end, to)
    }
    this.#put.run(start, end)
  }

  remove(first: number, last: number): void {
    for (const [from, to] of this.#rows(first, last)) {
      this.#delete.run(from)
      if (from < first) this.#put.run(from, first - 1)
      if (to > last) this.#put.run(last + 1, to)
    }
  }

  #rows(first: number, last: number): NumberRange[] {
    return this.#touching.all(first, first, last, first) as unknown as NumberRange[]
  }
}
