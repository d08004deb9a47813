// Signs the account's log for its owner while the account is open: docs/formats/marks.md. What was read of the log is signed when the account is
// closed, if anything came since the last mark, and in between after so many records or so much time: a busy session does not write twice as
// much for it.
//
// Nothing is signed while there is an alarm that nobody has acknowledged: the owner's signature must not be under what somebody else made up.

import { assert } from '#base/assert.ts'
import type { AccountId } from '#base/ids.ts'
import type { SigningKey } from '#crypto/ed25519.ts'
import { signMark } from '#ledger/mark.ts'
import { type Clock, sleep } from '#platform/clock.ts'
import type { AccountIndex } from './account-index.ts'
import type { AccountLog, LogEntry } from './account-log.ts'
import { MARKS_SETTING, countMarks } from './marks-setting.ts'

export interface MarkWriterParts {
  readonly account: AccountId
  readonly index: AccountIndex
  readonly log: AccountLog
  readonly clock: Clock
  readonly key: () => SigningKey
  readonly isAlarmed: () => boolean
}

const RECORDS_BETWEEN = 1_000
const BETWEEN_MS = 3_600_000
/** Closing an account waits this long for its last mark. */
const LAST_MS = 2_000

export class MarkWriter {
  readonly #parts: MarkWriterParts
  #since: number
  #writing: Promise<void> | null = null
  /** After an append of which nobody knows what became: the next number is not known. */
  #isBroken = false

  constructor(parts: MarkWriterParts) {
    this.#parts = parts
    this.#since = parts.clock.monotonic()
  }

  /** Something was read of the log: signs it if it is time. */
  wake(): void {
    const { clock } = this.#parts
    const unsigned = this.#unsigned
    const isTime = unsigned > 0 && clock.monotonic() - this.#since >= BETWEEN_MS
    if (unsigned >= RECORDS_BETWEEN || isTime) void this.#write()
  }

  /** Before the account is closed. Never throws: what is not signed now is signed the next time. */
  async last(): Promise<void> {
    await this.#writing
    if (this.#unsigned > 0) await Promise.race([this.#write(), sleep(LAST_MS)])
  }

  /** Records that no mark is about, but for the last mark itself. */
  get #unsigned(): number {
    const { next, lastMark } = this.#parts.index.position
    return lastMark === null ? next : next - lastMark.size - 1
  }

  #write(): Promise<void> {
    if (this.#isBroken || this.#parts.isAlarmed()) return Promise.resolve()
    this.#writing ??= this.#append().finally(() => {
      this.#writing = null
    })
    return this.#writing
  }

  async #append(): Promise<void> {
    const { account, index, log, clock, key } = this.#parts
    const { frontier, marks } = index.position
    if (frontier === null) return
    this.#since = clock.monotonic()
    const number = marks ?? countMarks(index.state.settings.get(MARKS_SETTING))
    const payload = signMark(key(), { account, size: frontier.size, root: frontier.root(), number })
    try {
      const appended = await log.append([{ kind: 'mark', payload }])
      const [entry] = appended.records
      assert(entry !== undefined, 'an append returns its records')
      this.#appended(entry, number, frontier.size)
    } catch {
      // Refused, or not known: an account that is opened again reads what is there.
      this.#isBroken = true
    }
  }

  /** If it is the next record it need not be read. */
  #appended(entry: LogEntry, number: number, size: number): void {
    const { index } = this.#parts
    const { position } = index
    if (entry.header.seq !== position.next) return
    index.advance(entry)
    position.marks = number + 1
    position.lastMark = { seq: entry.header.seq, size }
  }
}
