// UIDs whose memberships ended, with the modseq at which they did (RFC 7162 §3.2), in the index as ranges: what is expunged together mostly lies
// together. They go back to the beginning of the log, because the index is made from all of it.

import type { MailboxId, Modseq } from '#base/ids.ts'
import type { ChangeBuilder } from './change-builder.ts'
import type { IndexDatabase, Statement } from './index-database.ts'
import type { RangeSet } from './operation.ts'
import { rangeSetOf } from './range-set.ts'

/** Ranges that are read for one answer: some tens of milliseconds. */
const RANGES_MAX = 50_000

export class VanishedStore {
  readonly #put: Statement
  readonly #deleteMailbox: Statement
  readonly #since: Statement
  readonly #rangesMax: number

  constructor(database: IndexDatabase, rangesMax = RANGES_MAX) {
    this.#rangesMax = rangesMax
    this.#put = database.write('INSERT INTO vanished (mailbox, modseq, first, last) VALUES (?, ?, ?, ?)')
    this.#deleteMailbox = database.write('DELETE FROM vanished WHERE mailbox = ?')
    this.#since = database.read('SELECT first, last FROM vanished WHERE mailbox = ? AND modseq > ? LIMIT ?')
  }

  /** Of one record. Of a mailbox that it destroyed nothing is kept: no other will have its id. */
  put(changes: ChangeBuilder, modseq: number): void {
    for (const mailbox of changes.destroyedMailboxes) this.#deleteMailbox.run(mailbox)
    for (const [mailbox, removed] of changes.removals()) {
      for (const [first, last] of rangeSetOf(removed)) this.#put.run(mailbox, modseq, first, last)
    }
  }

  /** After a modseq, increasing and not touching. Null if that is more than can be read at once. */
  since(mailbox: MailboxId, modseq: Modseq): RangeSet | null {
    const rows = this.#since.all(mailbox, modseq, this.#rangesMax + 1) as [number, number][]
    if (rows.length > this.#rangesMax) return null
    const ranges: [number, number][] = []
    for (const [first, last] of rows.sort((a, b) => a[0] - b[0])) {
      const previous = ranges.at(-1)
      if (previous !== undefined && previous[1] + 1 === first) previous[1] = last
      else ranges.push([first, last])
    }
    return ranges
  }
}
