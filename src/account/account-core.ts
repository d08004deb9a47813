// The write side of an unlocked account: its journal, the log it follows, new mail, the index written behind, and the end of it all.
//
// It fails as a whole. Whatever goes wrong beyond a refused commit or a damaged message (the index, the connection to the log, an append of
// which nobody knows what became) ends the account: `failed` resolves with the cause, and who opens it again gets what the log says.

import { assert } from '#base/assert.ts'
import type { SigningKey } from '#crypto/ed25519.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Release } from '#ledger/release.ts'
import { type Clock, type Timer, yieldToEventLoop } from '#platform/clock.ts'
import type { AccountIndex } from './account-index.ts'
import type { AccountLog, AppendedRecords, LogWatch } from './account-log.ts'
import type { Change } from './account.ts'
import { deriveRecord } from './derive-record.ts'
import { Filer } from './filer.ts'
import { type Applied, modseqOf } from './fold.ts'
import { checkIndex } from './index-check.ts'
import { IndexDamagedError } from './index-database.ts'
import { removeIndex } from './index-file.ts'
import { IndexRest } from './index-rest.ts'
import type { JournalSealer } from './journal.ts'
import { type DurableBatch, JournalWriter, journalHeaderOf } from './journal-writer.ts'
import { LogFollower } from './log-follower.ts'
import type { LogWitness } from './log-witness.ts'
import type { MailReader } from './mail-reader.ts'
import { MarkWriter } from './mark-writer.ts'
import { MARKS_SETTING, countMarks } from './marks-setting.ts'
import type { JournalOperation, Outcome } from './operation.ts'
import type { PlaceMail } from './place-mail.ts'
import { namingOf } from './release-plan.ts'
import { Sweeper } from './sweeper.ts'
import { TextIndexer } from './text-indexer.ts'

/** What was applied is committed to the index this much later, together with what comes until then. */
const WRITE_BEHIND_MS = 250
/** Later, when the disk was too full. */
const FULL_RETRY_MS = 5_000
/** What was read is compared with what is signed so often, at most. */
const WATCH_MS = 5_000

export interface CoreParts {
  readonly index: AccountIndex
  readonly log: AccountLog
  readonly reader: LogReader
  readonly mailReader: MailReader
  readonly sealer: JournalSealer
  readonly clock: Clock
  readonly place: PlaceMail
  readonly witness: LogWitness
  /** The owner's, for marks. */
  readonly ownerKey: () => SigningKey
  readonly passedOver: (seq: number) => void
}

export class AccountCore {
  readonly index: AccountIndex
  readonly writer: JournalWriter
  readonly filer: Filer
  readonly follower: LogFollower
  readonly texts: TextIndexer
  readonly #marks: MarkWriter
  readonly #parts: CoreParts
  readonly #sweeper: Sweeper
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #failure = Promise.withResolvers<unknown>()
  #watch: LogWatch | null = null
  #flushTimer: Timer | null = null
  readonly #resting: IndexRest
  #state: 'open' | 'failed' | 'closed' = 'open'
  #damaged = false
  #watchedAt = 0

  constructor(parts: CoreParts) {
    const { index, log, reader, mailReader, sealer, clock, place, witness, passedOver } = parts
    this.#parts = parts
    this.index = index
    const failed = (error: unknown): void => this.fail(error)
    this.writer = new JournalWriter({
      log,
      clock,
      sealer,
      failed,
      chain: () => index.position.chain,
      addenda: () => this.#addenda(),
      release: (operations) => this.#release(operations),
      released: (release, appended) => this.#released(release, appended),
      apply: (batch, appended) => this.#apply(batch, appended),
      settled: () => this.follower.drain(),
    })
    this.follower = new LogFollower({
      index,
      reader,
      sealer,
      witness,
      failed,
      passedOver,
      appending: () => this.writer.appending,
      applied: (seq, applied) => {
        this.#sayReleases()
        this.#published(seq, applied)
      },
      released: () => this.#sayReleases(),
      mail: () => void this.filer.wake(),
    })
    const changed = (): void => this.changed()
    const readable = (): number => this.follower.readable
    this.filer = new Filer({ index, mailReader, clock, place, failed, changed, readable, writer: this.writer })
    this.#sweeper = new Sweeper(index, clock, failed)
    this.#resting = new IndexRest(index.database, clock, failed)
    this.#marks = new MarkWriter({
      account: reader.account,
      index,
      log,
      clock,
      key: parts.ownerKey,
      isAlarmed: () => witness.isAlarmed,
    })
    this.texts = new TextIndexer({
      index,
      mailReader,
      clock,
      failed,
      changed,
      readable,
      settled: (seq) => log.settled(seq),
    })
  }

  /** Takes the log's watch over: its listener is `follower.heard`. The index is up to date with what was there before. */
  start(watch: LogWatch): void {
    this.#watch = watch
    // Payloads that were dropped make room for what follows them.
    this.#parts.reader.moved = ({ seq }, location) => this.index.mails.move(seq, location)
    this.follower.start(watch.size)
    this.#sweeper.wake()
    this.texts.wake()
    this.#sayReleases()
    this.#resting.start()
  }

  /** Resolves, with the cause, when the account cannot go on. */
  get failed(): Promise<unknown> {
    return this.#failure.promise
  }

  fail(error: unknown): void {
    if (error instanceof IndexDamagedError) this.#damaged = true
    if (this.#state !== 'open') return
    this.#state = 'failed'
    this.follower.stop()
    this.#failure.resolve(error)
  }

  /** Runs what reads or writes the index: if that is damaged, the account fails. */
  use<T>(action: (index: AccountIndex) => T): T {
    assert(this.#state !== 'closed', 'the account is open')
    try {
      return action(this.index)
    } catch (error) {
      if (error instanceof IndexDamagedError) this.fail(error)
      throw error
    }
  }

  /** The same for what takes its time. */
  async useAsync<T>(action: (index: AccountIndex) => Promise<T>): Promise<T> {
    assert(this.#state !== 'closed', 'the account is open')
    try {
      return await action(this.index)
    } catch (error) {
      if (error instanceof IndexDamagedError) this.fail(error)
      throw error
    }
  }

  /** As `OpenAccount.checkIndex`. */
  async checkIndex(pause: () => Promise<boolean>): Promise<boolean> {
    const steps = checkIndex(this.index.database)
    while (this.#state === 'open') {
      try {
        if (this.use(() => steps.next()).done === true) return true
      } catch (error) {
        if (error instanceof IndexDamagedError) return false
        throw error
      }
      if (!(await pause())) break
    }
    steps.return()
    return false
  }

  subscribe(listener: (change: Change) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  publish(change: Change): void {
    for (const listener of this.#listeners) listener(change)
  }

  /** The index has something to commit. */
  changed(): void {
    this.#flushAfter(WRITE_BEHIND_MS)
  }

  flush(): void {
    if (this.#state !== 'open') return
    try {
      if (this.index.flush()) this.#sweeper.wake()
      else this.#flushAfter(FULL_RETRY_MS)
      this.#watchOver()
      this.#marks.wake()
    } catch (error) {
      this.fail(error)
    }
  }

  /** Ends everything, stores what there is, wipes keys. An index that was found damaged is removed, to be made again. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#watch?.[Symbol.dispose]()
    await this.writer.close()
    await Promise.all([this.filer.stop(), this.#sweeper.stop(), this.texts.stop()])
    this.follower.stop()
    if (this.#state === 'open') await this.#marks.last()
    this.flush()
    this.#flushTimer?.cancel()
    this.#resting.stop()
    this.#closeWitness()
    this.#state = 'closed'
    this.#parts.reader.moved = () => undefined
    this.index[Symbol.dispose]()
    if (this.#damaged) removeIndex(this.index.database.path)
    this.#parts.mailReader[Symbol.dispose]()
    this.#parts.sealer[Symbol.dispose]()
    this.#listeners.clear()
    await this.#parts.witness.saved()
    this.#parts.witness[Symbol.dispose]()
  }

  /** Compares what was read with what is signed, now and then. */
  #watchOver(): void {
    const { clock, witness } = this.#parts
    const now = clock.monotonic()
    if (now - this.#watchedAt < WATCH_MS) return
    this.#watchedAt = now
    witness.check(this.index.position)
  }

  #closeWitness(): void {
    const { witness } = this.#parts
    if (this.#state !== 'open') return
    witness.check(this.index.position)
    witness.remember(this.index.position)
  }

  /** The journal says how many marks there are, so that the owner misses those that are taken away. */
  #addenda(): JournalOperation[] {
    const { position, state } = this.index
    const known = countMarks(state.settings.get(MARKS_SETTING))
    if (position.marks === null || position.marks <= known) return []
    return [{ kind: 'set', key: MARKS_SETTING, value: position.marks }]
  }

  #flushAfter(delayMs: number): void {
    this.#flushTimer ??= this.#parts.clock.after(delayMs, () => {
      this.#flushTimer = null
      this.flush()
    })
  }

  /** What the log is to say along with these operations. Not of a log that is not the one it was: but what is to be kept is always said. */
  #release(operations: readonly JournalOperation[]): Release | null {
    const { state, mails, releases } = this.index
    const release = releases.next(namingOf(state, mails, operations))
    if (release === null || !this.#parts.witness.isAlarmed) return release
    return release.kept.length === 0 ? null : { released: [], kept: release.kept }
  }

  /** What no commit will take along soon. */
  #sayReleases(): void {
    if (this.index.releases.isOwing) this.writer.wake()
  }

  #settle(): void {
    if (this.#state !== 'open') return
    try {
      this.index.database.settle()
    } catch (error) {
      this.fail(error)
    }
  }

  #released(release: Release, appended: AppendedRecords): void {
    const { index } = this
    const entry = appended.records[0]
    assert(entry?.header.kind === 'release', 'an append returns its records')
    index.releases.appended(entry.header.seq, release)
    if (entry.header.seq === index.position.next) index.advance(entry)
    this.changed()
  }

  #apply({ operations, messages, chain, release }: DurableBatch, appended: AppendedRecords): readonly Outcome[] {
    const { index } = this
    for (const [at, { derived, key }] of messages.entries()) {
      const entry = appended.records[at]
      assert(entry !== undefined && entry.header.kind === 'mail', 'an append returns its records')
      index.mails.addAppended(entry, derived.sizeBytes)
      index.putAppended(entry.header.seq, derived, key)
    }
    const { seq, time } = journalHeaderOf(appended)
    for (const entry of appended.records) if (entry.header.seq === index.position.next) index.advance(entry)
    const applied = index.apply(seq, time, chain, operations)
    if (release !== null) index.releases.appended(seq + 1, release)
    this.#sayReleases()
    // A record that was filed before, and whose content has gone since.
    for (const operation of operations) {
      if (operation.kind !== 'file' || !('seq' in operation.record)) continue
      const record = operation.record.seq
      if (!index.content.has(record) && index.mails.emailsOf(record).length > 0) {
        deriveRecord(index, this.#parts.mailReader, record)
        index.missing.found(record)
      }
    }
    this.texts.wake()
    this.#published(seq, applied)
    return applied.outcomes
  }

  #published(seq: number, applied: Applied): void {
    this.changed()
    // Whoever waits for it is answered first.
    void yieldToEventLoop().then(() => this.#settle())
    this.publish(applied.changes.build(modseqOf(seq)))
  }
}
