// Records whose content is in the index and whose text is not: they are not found by a search before it is.

import type { IndexDatabase, Statement } from './index-database.ts'

export class TextBacklog {
  readonly #database: IndexDatabase
  readonly #statements: Readonly<Record<'count' | 'add' | 'remove' | 'next', Statement>>
  #size: number

  constructor(database: IndexDatabase) {
    this.#database = database
    this.#statements = {
      count: database.read('SELECT count(*) FROM text_backlog'),
      add: database.write('INSERT INTO text_backlog VALUES (?)'),
      remove: database.write('DELETE FROM text_backlog WHERE record = ?'),
      next: database.read('SELECT record FROM text_backlog ORDER BY record LIMIT ?'),
    }
    this.#size = (this.#statements.count.get()?.[0] ?? 0) as number
  }

  get size(): number {
    return this.#size
  }

  add(record: number): void {
    this.#database.later(() => void this.#statements.add.run(record))
    this.#size++
  }

  /** Whether it was there. */
  remove(record: number): boolean {
    if (this.#size === 0 || this.#statements.remove.run(record) === 0) return false
    this.#size--
    return true
  }

  /** The first ones, in order. */
  next(limit: number): number[] {
    return this.#size === 0 ? [] : this.#statements.next.all(limit).map(([record]) => record as number)
  }
}
