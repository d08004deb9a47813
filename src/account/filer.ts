// Filing new mail: what was delivered while the account was locked, and what comes while it is open. Messages are read and brought into the
// index in slices of time; then one journal record files many of them. If the log refuses that, as when its disk is full, it is tried again: what is
// filed already can be read meanwhile.

import { wipe } from '#base/bytes.ts'
import type { Seq } from '#base/ids.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Summary } from '#message/summary.ts'
import { CommitRefusedError } from './account.ts'
import type { AccountIndex } from './account-index.ts'
import { CONTENTS_PER_COMMIT } from './catch-up.ts'
import { deriveRecordInSteps, storeRecord } from './derive-record.ts'
import { threadHashesOf } from './derive.ts'
import type { JournalWriter } from './journal-writer.ts'
import type { MailReader } from './mail-reader.ts'
import type { JournalOperation, SettingValue } from './operation.ts'
import type { PlaceMail, Placement, SetOperation } from './place-mail.ts'
import { ThreadChooser } from './plan.ts'
import { Slices } from './turns.ts'

/** One journal record files no more than this: what a session is told of at once, and how long the last of them waits. */
const BATCH_MESSAGES = 128
const BATCH_BYTES = 8 * 1024 * 1024
/** Of one file operation in a journal record. */
const OPERATION_BYTES = 64
/** Of the settings that go along in one journal record: what is more waits for the next. */
const SETTING_BYTES = 1 << 20
/** After the log has refused it. */
const RETRY_MS = 5_000

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
    let settingBytes = 0
    for (const record of records) {
      if (this.#stopped || bytes >= BATCH_BYTES || settingBytes >= SETTING_BYTES) break
      this.#cursor = record
      const prepared = await this.#prepareOne(record, slices)
      if (prepared !== null) {
        batch.push(prepared)
        bytes += prepared.sizeBytes
        settingBytes += prepared.placement.settingBytes ?? 0
      }
      if (index.uncommitted >= CONTENTS_PER_COMMIT) index.flush()
      else this.#parts.changed()
      await slices.pause()
    }
    return batch
  }

  async #prepareOne(record: number, slices: Slices): Promise<Prepared | null> {
    const { index, mailReader } = this.#parts
    const receivedAt = index.mails.entry(record)?.header.time
    if (receivedAt === undefined || !index.mails.isNew(record)) return null
    // It may be there from a filing that was cut short.
    const known = index.content.has(record) ? index.content.summary(record) : null
    if (known !== null) {
      const placement = await this.#place(record, receivedAt, known, slices)
      return { record, receivedAt, sizeBytes: 0, hashes: threadHashesOf(known), placement }
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
    return { record, receivedAt, sizeBytes, hashes, placement: await this.#place(record, receivedAt, summary, slices) }
  }

  async #place(record: number, receivedAt: number, summary: Summary, slices: Slices): Promise<Placement> {
    const { place } = this.#parts
    return place({ record, receivedAt, summary, slices, open: () => this.#open(record) })
  }

  #open(record: number): Buffer | null {
    const { index, mailReader } = this.#parts
    const stored = index.stored.get(record)
    if (stored === null || stored.place === null || stored.content.payload === null) return null
    try {
      return mailReader.openStored(stored.place, stored.content.payload)
    } finally {
      wipe(stored.content.payload.key)
    }
  }

  async #file(batch: readonly Prepared[]): Promise<void> {
    const { index, writer } = this.#parts
    let filed: readonly Prepared[] = []
    const outcomes = await writer.commit({
      messages: [],
      operationBytes: batch.reduce((sum, { placement }) => sum + operationBytesOf(placement), 0),
      plan() {
        filed = batch.filter(({ record }) => index.mails.isNew(record))
        return planFiling(index, filed)
      },
    })
    let at = 0
    for (const { placement } of filed) {
      placement.filed?.(outcomes.slice(at, at + placement.emails.length))
      at += placement.emails.length
    }
  }
}

function operationBytesOf({ emails, settingBytes = 0 }: Placement): number {
  return emails.length * OPERATION_BYTES + settingBytes
}

/** First all e-mails, because threads are told by how many operations lie between; then settings. */
function planFiling(index: AccountIndex, batch: readonly Prepared[]): JournalOperation[] {
  const threads = new ThreadChooser(index)
  const operations: JournalOperation[] = []
  for (const { record, receivedAt, hashes, placement } of batch) {
    for (const { mailboxes, keywords } of placement.emails) {
      operations.push({
        kind: 'file',
        record: { seq: record as Seq },
        mailboxes,
        keywords,
        internalDate: receivedAt,
        thread: threads.choose(operations.length, hashes),
        source: 'delivered',
      })
    }
  }
  const changed = new Map<string, SetOperation>()
  const read = (key: string): SettingValue => {
    const change = changed.get(key)
    return change === undefined ? (index.state.settings.get(key) ?? null) : change.value
  }
  for (const { placement } of batch) {
    for (const operation of placement.settings?.(read) ?? []) changed.set(operation.key, operation)
  }
  operations.push(...changed.values())
  return operations
}
