// Retention: what an account's log has released is noted with the ledger's own time, and its payloads are dropped when the retention time is over, and a while
// later at most. docs/formats/release.md. Here is when; `payload-dropper.ts` says what.
//
// Nothing that is asked or written makes anything go sooner. One piece of work at a time, in slices of the event loop. Where the disk refuses, it is done later.

import type { AccountId } from '#base/ids.ts'
import { type Clock, type Timer, yieldToEventLoop } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'
import type { AccountState } from './account-state.ts'
import { readDestroyed, writeDestroyed } from './destroyed.ts'
import { AccountDamagedError, LedgerRefusedError } from './errors.ts'
import { LEDGER_TIME_LAG_MS, LedgerTime } from './ledger-time.ts'
import { NoteKeeper } from './note-keeper.ts'
import type { OpenContext } from './open-context.ts'
import { accountPaths, listAccounts } from './paths.ts'
import { type DropPlan, type Drops, PayloadDropper, type PayloadDropperParts } from './payload-dropper.ts'
import type { SegmentLock } from './segment-lock.ts'
import { type WaitingAccount, WaitingPayloads } from './waiting-payloads.ts'
import type { StepRunner } from './write-parity.ts'

const DAY_MS = 86_400_000
/** Nothing goes sooner, whatever is configured. */
const RETENTION_MIN_MS = 7 * DAY_MS
const SWEEP_AFTER_MS = 60_000
const BETWEEN_MS = DAY_MS / 4
/** Releases come in groups, as when somebody tidies up. */
const NOTE_AFTER_MS = 10_000
/** Accounts between two turns of the journal. */
const ACCOUNTS_AT_ONCE = 64

export interface RetentionOptions {
  /** How long released payloads are kept, of the ledger's own time: RETENTION_MIN_MS at least. */
  readonly periodMs: number
  /** The disk refused, and it will be tried again. */
  readonly failed?: (error: unknown) => void
  readonly dropped?: (account: AccountId, records: number, bytes: number) => void
}

export interface RetentionParts extends Pick<
  PayloadDropperParts,
  'account' | 'turnJournal' | 'repair' | 'wantsParity'
> {
  readonly options: RetentionOptions
  readonly clock: Clock
  readonly context: OpenContext
  readonly run: StepRunner
  readonly lock: SegmentLock
  account(id: AccountId): AccountState
  /** Records before this one are in segments. */
  settledSize(account: AccountId): number
  halt(cause: unknown): void
}

export class Retention {
  readonly time: LedgerTime
  readonly #parts: RetentionParts
  readonly #notes: NoteKeeper
  readonly #dropper: PayloadDropper
  readonly #waiting: WaitingPayloads
  /** Accounts in which something waits. */
  readonly #pending = new Set<AccountId>()
  /** Those in which something was released since they were looked at. */
  readonly #changed = new Set<AccountId>()
  readonly #timers = new Set<Timer>()
  #noting: Timer | null = null
  #last: Promise<unknown> = Promise.resolve()
  #hasLearnt = false
  #stopped = false

  constructor(parts: RetentionParts) {
    this.#parts = parts
    const { context, clock, options, run } = parts
    const { periodMs } = options
    if (periodMs < RETENTION_MIN_MS) throw new RangeError('released payloads are kept for seven days at least')
    const time = new LedgerTime(context.disk, clock, context.directory, periodMs)
    this.time = time
    this.#notes = new NoteKeeper({ context, run, time, settledSize: (account) => parts.settledSize(account) })
    const common = { context, run, time, periodMs, notes: this.#notes }
    this.#waiting = new WaitingPayloads(common)
    this.#dropper = new PayloadDropper({
      ...parts,
      ...common,
      isStopped: () => this.#stopped,
      dropped: (account, records, bytes) => {
        this.#waiting.changed(account)
        options.dropped?.(account, records, bytes)
      },
    })
    this.#later(SWEEP_AFTER_MS, () => this.#sweep())
    this.#later(LEDGER_TIME_LAG_MS, () => this.#keepTime())
  }

  /** A release record of the account has settled. */
  consider(account: AccountId): void {
    this.#changed.add(account)
    if (this.#stopped) return
    this.#noting ??= this.#parts.clock.after(NOTE_AFTER_MS, () => {
      this.#noting = null
      void this.#background(() => this.#exclusively(() => this.#noteChanged()))
    })
  }

  /** Drops what is due and worth it, now. Throws DiskError. */
  runNow(): Promise<Drops> {
    return this.#exclusively(async () => {
      await this.#learn()
      await this.#noteAll()
      return this.#dropDue()
    })
  }

  /** What waits, of every account in which something does. Throws DiskError. */
  status(): Promise<WaitingAccount[]> {
    return this.#exclusively(async () => {
      await this.#learn()
      await this.#noteAll()
      const waiting: WaitingAccount[] = []
      for (const account of this.#pending) {
        const one = await this.#waiting.of(account)
        if (one !== null) waiting.push(one)
      }
      return waiting
    })
  }

  /**
   * Destroys an account on this copy of the ledger: from now on it takes no records, and what opens it goes at once; the rest when the retention time is over.
   * Returns how many slots went. Can be repeated. Throws DiskError, AccountDamagedError, and LedgerRefusedError if that is not possible now.
   */
  destroy(account: AccountId): Promise<number> {
    return this.#exclusively(async () => {
      const { context, clock } = this.#parts
      const paths = accountPaths(context.directory, account)
      const state = this.#parts.account(account)
      if (readDestroyed(context.disk, paths) === null) {
        await this.#notes.storeTime()
        const destroyed = { time: new Date(clock.now()).toISOString(), seenMs: this.time.now() }
        await writeDestroyed(context.disk, paths, account, destroyed)
      }
      state.isDestroyed = true
      this.#pending.add(account)
      if (!(await this.#dropper.whenSettled(account))) throw new LedgerRefusedError('unavailable')
      const plan = await this.#dropper.plan(account)
      if (plan === null) return 0
      const slots = plan.segments.reduce((sum, { records }) => sum + records, 0)
      const { records } = await this.#dropper.carryOut([plan])
      if (records < slots || this.#stopped) throw new LedgerRefusedError('unavailable')
      return slots
    })
  }

  /** Resolves when nothing is being done any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#noting?.cancel()
    for (const timer of this.#timers) timer.cancel()
    await this.#last
    if (this.#pending.size === 0 && this.#changed.size === 0) return
    await this.time.store().catch((error: unknown) => this.#parts.options.failed?.(error))
  }

  async #sweep(): Promise<void> {
    const { disk, directory } = this.#parts.context
    for (const account of listAccounts(disk, directory)) {
      // Whoever asks for something meanwhile has not to wait for all.
      await this.#exclusively(() => {
        this.#tidy(account)
        return this.#note(account)
      })
      await yieldToEventLoop()
    }
    await this.#work()
  }

  async #work(): Promise<void> {
    await this.runNow()
    if (!this.#stopped) this.#later(BETWEEN_MS, () => this.#work())
  }

  /** Time only matters while something waits. */
  async #keepTime(): Promise<void> {
    if (this.#pending.size > 0) await this.#exclusively(() => this.#notes.storeTime())
    if (!this.#stopped) this.#later(LEDGER_TIME_LAG_MS, () => this.#keepTime())
  }

  /** Accounts of which something is noted, from before this ledger was started: what is not yet, the sweep finds. */
  async #learn(): Promise<void> {
    if (this.#hasLearnt) return
    this.#hasLearnt = true
    const { disk, directory } = this.#parts.context
    let walked = 0
    for (const account of listAccounts(disk, directory)) {
      const isDestroyed = disk.exists(accountPaths(directory, account).destroyed)
      if (isDestroyed || (this.#notes.read(account)?.ranges.length ?? 0) > 0) this.#pending.add(account)
      if (++walked % ACCOUNTS_AT_ONCE === 0) await yieldToEventLoop()
    }
  }

  #noteAll(): Promise<void> {
    for (const account of this.#pending) this.#changed.add(account)
    return this.#noteChanged()
  }

  async #noteChanged(): Promise<void> {
    for (const account of this.#changed) {
      if (this.#stopped) return
      this.#changed.delete(account)
      await this.#note(account)
    }
  }

  async #note(account: AccountId): Promise<void> {
    const { disk, directory } = this.#parts.context
    const isDestroyed = disk.exists(accountPaths(directory, account).destroyed)
    const { notes } = await this.#notes.note(account, isDestroyed)
    if (isDestroyed || notes.ranges.length > 0) this.#pending.add(account)
    else this.#pending.delete(account)
  }

  async #dropDue(): Promise<Drops> {
    const total = { records: 0, bytes: 0, segments: 0, damaged: 0 }
    if (this.#pending.size > 0) await this.#notes.storeTime()
    let plans: DropPlan[] = []
    const carryOut = async (): Promise<void> => {
      const done = await this.#dropper.carryOut(plans)
      plans = []
      total.records += done.records
      total.bytes += done.bytes
      total.segments += done.segments
      total.damaged += done.damaged
    }
    for (const account of this.#pending) {
      if (this.#stopped) break
      const plan = await this.#planOrNone(account)
      if (plan !== null) plans.push(plan)
      if (plans.length >= ACCOUNTS_AT_ONCE) await carryOut()
    }
    if (!this.#stopped) await carryOut()
    return total
  }

  /** An account that is damaged keeps nobody else's from going. */
  async #planOrNone(account: AccountId): Promise<DropPlan | null> {
    try {
      return await this.#dropper.plan(account)
    } catch (error) {
      if (error instanceof AccountDamagedError) return null
      throw error
    }
  }

  /** Names that an interrupted drop left: the old file under another name, or a new one that was never used. */
  #tidy(account: AccountId): void {
    const { disk, directory } = this.#parts.context
    const { segments } = accountPaths(directory, account)
    for (const name of disk.list(segments)) {
      if (/\.seg\.(?:dropping|dropped)$/.test(name)) disk.remove(`${segments}/${name}`)
    }
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#stopped) return Promise.reject(new LedgerRefusedError('unavailable'))
    const done = this.#last.then(work, work)
    this.#last = done.catch(() => undefined)
    return done
  }

  #later(delayMs: number, work: () => Promise<void>): void {
    const timer = this.#parts.clock.after(delayMs, () => {
      this.#timers.delete(timer)
      void this.#background(work, () => this.#later(BETWEEN_MS, work))
    })
    this.#timers.add(timer)
  }

  /** `refused`: what then, if the disk did. */
  async #background(work: () => Promise<void>, refused: () => void = () => undefined): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (this.#stopped) return
      const isRefusal = error instanceof DiskError || error instanceof LedgerRefusedError
      if (!isRefusal && !(error instanceof AccountDamagedError)) return this.#parts.halt(error)
      this.#parts.options.failed?.(error)
      refused()
    }
  }
}
