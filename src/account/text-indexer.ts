// The text of messages that clients append comes into the search indexes a little later than all else: it is more than half of the work, and
// nobody waits for it until somebody searches. It is made when nothing has been appended for a moment, when much is waiting, or when it
// is asked for; from the message itself, which is read again, in slices of time.

import { wipe } from '#base/bytes.ts'
import type { Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import { parseInSteps } from '#message/parse.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { AccountIndex } from './account-index.ts'
import { CONTENTS_PER_COMMIT } from './catch-up.ts'
import { type DerivedText, deriveTextInSteps } from './derive.ts'
import type { MailReader } from './mail-reader.ts'
import { Slices } from './turns.ts'

const QUIET_MS = 250
/** With more than this in the backlog nobody is waited for: a search would take too long. */
const BACKLOG_MAX = 4096
const RECORDS_AT_ONCE = 64

export interface TextIndexerParts {
  readonly index: AccountIndex
  readonly mailReader: MailReader
  readonly clock: Clock
  /** Records before this one can be read. */
  readable(): number
  settled(seq: Seq): Promise<void>
  /** Texts were brought into the index: it has something to commit. */
  changed(): void
  failed(error: unknown): void
}

export class TextIndexer {
  readonly #parts: TextIndexerParts
  #running: Promise<void> | null = null
  #timer: Timer | null = null
  /** When something was appended last. */
  #wokenAt = 0
  /** Callers of `complete` that wait. */
  #urgent = 0
  #stopped = false

  constructor(parts: TextIndexerParts) {
    this.#parts = parts
  }

  /** There may be something in the backlog. */
  wake(): void {
    this.#wokenAt = this.#parts.clock.monotonic()
    this.#goOn()
  }

  /** Resolves when the text of everything that is there now is in the index. */
  async complete(): Promise<void> {
    this.#urgent++
    try {
      while (!this.#stopped && this.#parts.index.backlog.size > 0) await (this.#running ??= this.#run())
    } finally {
      this.#urgent--
    }
  }

  /** Resolves when nothing is being done any more. What is left is done when the account is opened the next time. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
  }

  get #isWorthwhile(): boolean {
    const { index, clock } = this.#parts
    return this.#urgent > 0 || index.backlog.size > BACKLOG_MAX || clock.monotonic() - this.#wokenAt >= QUIET_MS
  }

  #goOn(): void {
    const { index, clock } = this.#parts
    if (this.#stopped || this.#running !== null || index.backlog.size === 0) return
    if (this.#isWorthwhile) this.#running = this.#run()
    else {
      this.#timer ??= clock.after(QUIET_MS, () => {
        this.#timer = null
        this.#goOn()
      })
    }
  }

  async #run(): Promise<void> {
    const { index, clock } = this.#parts
    const slices = new Slices(clock)
    try {
      await slices.next()
      for (let records = this.#next(); records.length > 0; records = this.#next()) {
        for (const record of records) {
          if (this.#stopped || !this.#isWorthwhile) break
          await this.#add(record, slices)
          if (index.uncommitted >= CONTENTS_PER_COMMIT) index.flush()
          else this.#parts.changed()
          await slices.pause()
        }
      }
    } catch (error) {
      this.#stopped = true
      this.#parts.failed(error)
    }
    this.#running = null
    this.#goOn()
  }

  #next(): number[] {
    return this.#stopped || !this.#isWorthwhile ? [] : this.#parts.index.backlog.next(RECORDS_AT_ONCE)
  }

  async #add(record: number, slices: Slices): Promise<void> {
    const { index } = this.#parts
    if (record >= this.#parts.readable()) await this.#parts.settled(record as Seq)
    if (this.#stopped) return
    const text = await slices.run(this.#textOf(record))
    await slices.pause()
    if (text === null) index.backlog.remove(record)
    else index.putText(record, text)
  }

  /** Null if its content has gone meanwhile. Of a message that cannot be read any more, what is left is its header. */
  *#textOf(record: number): Steps<DerivedText | null> {
    const { index, mailReader } = this.#parts
    const header = index.content.item('header', record)
    if (header === null) return null
    const payload = index.content.content(record)?.payload ?? null
    const entry = index.mails.entry(record)
    const bytes = payload === null || entry === null ? null : yield* mailReader.openInSteps(entry, payload)
    try {
      const source = bytes ?? header
      return yield* deriveTextInSteps(source, yield* parseInSteps(source))
    } finally {
      wipe(bytes, payload?.key, header)
    }
  }
}
