// Records that e-mails were made of, and whose content is not in the index yet (mail-store.ts adds them). Those that are found are taken off all at once, when
// they are counted or saved.

import type { Seq } from '#base/ids.ts'
import type { RecordToDerive } from './derive-tasks.ts'
import type { IndexDatabase, Statement } from './index-database.ts'

export interface MissingRecord {
  readonly record: number
  /** Where it is; null if its head could not be read. */
  readonly place: RecordToDerive | null
}

export class MissingContent {
  readonly #statements: Readonly<Record<'count' | 'after' | 'remove', Statement>>
  #found: number[] = []

  constructor(database: IndexDatabase) {
    this.#statements = {
      count: database.read('SELECT count(*) FROM missing'),
      after: database.read(`
        SELECT missing.record, segment, offset, head FROM missing LEFT JOIN mail ON mail.record = missing.record
        WHERE missing.record > ? ORDER BY missing.record LIMIT ?`),
      remove: database.write('DELETE FROM missing WHERE record IN (SELECT value FROM json_each(?))'),
    }
  }

  count(): number {
    this.save()
    return (this.#statements.count.get()?.[0] ?? 0) as number
  }

  /** Records after `after`, in order. */
  after(after: number, limit: number): MissingRecord[] {
    this.save()
    return this.#statements.after.all(after, limit).map(([record, segment, offset, head]) => ({
      record: record as number,
      place:
        head === null || (head as Buffer).length === 0
          ? null
          : { location: { segment: segment as Seq, offset: offset as number }, head: head as Buffer },
    }))
  }

  /** The record's content is there now, or its e-mails have ended. */
  found(record: number): void {
    this.#found.push(record)
  }

  save(): void {
    if (this.#found.length === 0) return
    this.#statements.remove.run(JSON.stringify(this.#found))
    this.#found = []
  }
}
