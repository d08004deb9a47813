// When memberships began (RFC 8514), in the index. UIDs are given out in order, and those of one journal record at one time: of each mailbox there
// are rows of a first UID and the second in which it, and those up to the next row's, came.

import type { MailboxId } from '#base/ids.ts'
import type { ChangeBuilder } from './change-builder.ts'
import { type IndexDatabase, IndexDamagedError, type Statement } from './index-database.ts'

export class ArrivalStore {
  readonly #put: Statement
  readonly #deleteMailbox: Statement
  readonly #before: Statement
  readonly #within: Statement
  /** The second of each mailbox's last row, as far as it was written by this store. */
  readonly #last = new Map<MailboxId, number>()

  constructor(database: IndexDatabase) {
    this.#put = database.write('INSERT INTO arrival (mailbox, first, second) VALUES (?, ?, ?)')
    this.#deleteMailbox = database.write('DELETE FROM arrival WHERE mailbox = ?')
    this.#before = database.read(
      'SELECT first, second FROM arrival WHERE mailbox = ? AND first <= ? ORDER BY first DESC LIMIT 1',
    )
    // One row for all: rows that cross from SQLite one by one cost more than reading them.
    const rows = 'SELECT first, second FROM arrival WHERE mailbox = ? AND first > ? AND first <= ? ORDER BY first'
    this.#within = database.read(`SELECT json_group_array(first), json_group_array(second) FROM (${rows})`)
  }

  /** Of one record, written at `time` (milliseconds since the Unix epoch). Of a mailbox that it destroyed nothing is kept. */
  put(changes: ChangeBuilder, time: number): void {
    for (const mailbox of changes.destroyedMailboxes) {
      this.#deleteMailbox.run(mailbox)
      this.#last.delete(mailbox)
    }
    const second = Math.floor(time / 1000)
    for (const [mailbox, first] of changes.arrivals()) {
      if (this.#last.get(mailbox) === second) continue
      this.#put.run(mailbox, first, second)
      this.#last.set(mailbox, second)
    }
  }

  /** Milliseconds since the Unix epoch, of UIDs that were given out; they increase. */
  times(mailbox: MailboxId, uids: ArrayLike<number>): Float64Array {
    const times = new Float64Array(uids.length)
    if (uids.length === 0) return times
    const [lowest, highest] = [uids[0] as number, uids[uids.length - 1] as number]
    const before = this.#before.get(mailbox, lowest) as [number, number] | undefined
    if (before === undefined) throw new IndexDamagedError('a membership without a beginning')
    const [firsts, seconds] = (this.#within.get(mailbox, lowest, highest) ?? []).map(parsed) as [number[], number[]]
    let second = before[1]
    let at = 0
    for (let row = 0; row < uids.length; row++) {
      for (; at < firsts.length && (firsts[at] as number) <= (uids[row] as number); at++) second = seconds[at] as number
      times[row] = second * 1000
    }
    return times
  }
}

function parsed(json: unknown): unknown {
  try {
    return JSON.parse(json as string)
  } catch {
    throw new IndexDamagedError('times of arrival')
  }
}
