// Filing new mail: what was delivered while the account was locked, and what comes while it is open. Messages are read and brought into the
// index in slices of time; then one journal record files many of them. If the log refuses that, as when its disk is full, it is tried again: what is
// filed already can be read meanwhile.

import { wipe } from '#base/bytes.ts'
import type { MailboxId, Seq } from '#base/ids.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Summary } from '#message/summary.ts'
import { CommitRefusedError } from './account.ts'
import type { AccountIndex } from './account-index.ts'
import { CONTENTS_PER_COMMIT } from './catch-up.ts'
import { deriveRecordInSteps, storeRecord } from './derive-record.ts'
import { threadHashesOf } from './derive.ts'
import type { JournalWriter } from './journal-writer.ts'
import type { MailReader } from './mail-reader.ts'
import type { JournalOperation } from './operation.ts'
import { ThreadChooser } from './plan.ts'
import { INBOX } from './state.ts'
import { Slices } from './turns.ts'

/** One journal record files no more than this: what a session is told of at once, and how long the last of them waits. */
const BATCH_MESSAGES = 128
const BATCH_BYTES = 8 * 1024 * 1024
/** Of one file operation in a journal record. */
const OPERATION_BYTES = 64
/** After the log has refused it. */
const RETRY_MS = 5_000

/** Where a new message goes. */
interface Placement {
  readonly mailboxes: readonly MailboxId[]
  readonly keywords: readonly string[]
}

export type PlaceMail = (summary: Summary) => Placement

export const intoInbox: PlaceMail = () => ({ mailboxes: [INBOX], keywords: [] })

export interface FilerParts {
  readonly index: AccountIndex
  readonly mailReader: MailReader
  readonly writer: JournalWriter
  readonly clock: Clock
  readonly place: PlaceMail
  /** Records before this one can be read. */
  readable(): number
  /** Messages were brought into the index: it has something to commit. */
  changed(): void
  failed(error: unknown): void
}

interface Prepared {
  readonly record: number
  readonly receivedAt: number
  readonly sizeBytes: number
  readonly hashes: readonly number[]
  readonly placement: Placement
}

export class Filer {
  readonly #parts: FilerParts
  /** The last record that was prepared. */
  #cursor = -1
  #running: Promise<void> | null = null
  #woken = false
  #stopped = false
  #retry: Timer | null = null

  constructor(parts: FilerParts) {
    this.#parts = parts
  }

  /** There may be new mail. Resolves when all of it that was there at the time of the call is filed, or when that was refused. */
  wake(): Promise<void> {
    this.#woken = true
    this.#running ??= this.#run()
    return this.#running
  }

  /** Resolves when nothing is being done any more. What was not filed is filed the next time. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#retry?.cancel()
    await this.#running
  }

  async #run(): Promise<void> {
    const { index, clock } = this.#parts
    const slices = new Slices(clock)
    let filing: Promise<unknown> = Promise.resolve()
    await filing
    try {
      while (this.#woken && !this.#stopped) {
        this.#woken = false
        // A record that a commit under way names is not new when that is applied: it is looked at again before it is filed.
        for (;;) {
          const records = index.mails.newAfter(this.#cursor, this.#parts.readable(), BATCH_MESSAGES)
          if (records.length === 0 || this.#stopped) break
          const batch = await this.#prepare(records, slices)
          await filing
          filing = this.#file(batch)
          // A failure is met at the next `await filing`.
          filing.catch(() => undefined)
        }
        await filing
      }
    } catch (error) {
      if (error instanceof CommitRefusedError) this.#tryLater()
      else this.#parts.failed(error)
    }
    this.#running = null
  }

  #tryLater(): void {
    this.#cursor = -1
    this.#retry?.cancel()
    if (!this.#stopped) this.#retry = this.#parts.clock.after(RETRY_MS, () => void this.wake())
  }

  async #prepare(records: readonly number[], slices: Slices): Promise<Prepared[]> {
    const { index } = this.#parts
    const batch: Prepared[] = []
    let bytes = 0
    for (const record of records) {
      if (this.#stopped || bytes >= BATCH_BYTES) break
      this.#cursor = record
      const prepared = await this.#prepareOne(record, slices)
      if (prepared !== null) {
        batch.push(prepared)
        bytes += prepared.sizeBytes
      }
      if (index.uncommitted >= CONTENTS_PER_COMMIT) index.flush()
      else this.#parts.changed()
      await slices.pause()
    }
    return batch
  }

  async #prepareOne(record: number, slices: Slices): Promise<Prepared | null> {
    const { index, mailReader, place } = this.#parts
    const receivedAt = index.mails.entry(record)?.header.time
    if (receivedAt === undefined || !index.mails.isNew(record)) return null
    // It may be there from a filing that was cut short.
    const known = index.content.has(record) ? index.content.summary(record) : null
    if (known !== null) {
      return { record, receivedAt, sizeBytes: 0, hashes: threadHashesOf(known), placement: place(known) }
    }
    const derivedRecord = await slices.run(deriveRecordInSteps(index, mailReader, record))
    await slices.pause()
    // Somebody else may have filed it meanwhile, and stored what is derived of it.
    if (!index.mails.isNew(record)) {
      wipe(derivedRecord.payload?.key)
      return null
    }
    storeRecord(index, record, derivedRecord)
    const { summary, sizeBytes, threadHashes: hashes } = derivedRecord.derived
    return { record, receivedAt, sizeBytes, hashes, placement: place(summary) }
  }

  #file(batch: readonly Prepared[]): Promise<unknown> {
    const { index, writer } = this.#parts
    return writer.commit({
      messages: [],
      operationBytes: batch.length * OPERATION_BYTES,
      plan() {
        const threads = new ThreadChooser(index)
        const still = batch.filter(({ record }) => index.mails.isNew(record))
        return still.map(({ record, receivedAt, hashes, placement }, at): JournalOperation => ({
          kind: 'file',
          record: { seq: record as Seq },
          mailboxes: placement.mailboxes,
          keywords: placement.keywords,
          internalDate: receivedAt,
          thread: threads.choose(at, hashes),
          source: 'delivered',
        }))
      },
    })
  }
}
