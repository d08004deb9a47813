// Retention: what an account's log has released is noted with the ledger's own time, and its payloads are dropped when the retention time is over, and a while
// later at most. docs/formats/release.md.
//
// Invariants: a payload goes only if it is mail, was released, was seen released for the whole retention time of this ledger's own clock, and was not kept
// again by any record that is committed when the segment is replaced. Nothing that is asked or written makes it sooner. While the log, as far as it says what is
// released, cannot be read, nothing of the account goes.
//
// One piece of work at a time, in slices of the event loop. Where the disk refuses, it is done later.

import type { AccountId } from '#base/ids.ts'
import { NumberRanges } from '#base/number-ranges.ts'
import { type Clock, type Timer, yieldToEventLoop } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'
import type { AccountState } from './account-state.ts'
import { closeLastSegment } from './close-segment.ts'
import { type Destroyed, readDestroyed, writeDestroyed } from './destroyed.ts'
import { appendDrop } from './drop-log.ts'
import { type DropOutcome, type SegmentDrop, dropPayloads } from './drop-payloads.ts'
import { AccountDamagedError, LedgerRefusedError } from './errors.ts'
import { LEDGER_TIME_LAG_MS, LedgerTime } from './ledger-time.ts'
import { noteReleases } from './note-releases.ts'
import type { OpenContext } from './open-context.ts'
import { accountPaths, listAccounts } from './paths.ts'
import type { RecordHeader } from './record.ts'
import { type DueSegment, dueSegments, isWorthIt } from './retention-plan.ts'
import { type ReleaseNotes, readNotes, writeNotes } from './release-notes.ts'
import type { SegmentLock } from './segment-lock.ts'
import type { StepRunner } from './write-parity.ts'

const DAY_MS = 86_400_000
/** Nothing goes sooner, whatever is configured. */
const RETENTION_MIN_MS = 7 * DAY_MS
/** Something that is due waits no longer for more to be due in its segment. */
const OVERDUE_MS = 7 * DAY_MS
/** A segment is written anew no more often, unless much of it is due at once. */
const REWRITE_BETWEEN_MS = DAY_MS
const SWEEP_AFTER_MS = 60_000
const BETWEEN_MS = DAY_MS / 4
/** Releases come in groups, as when somebody tidies up. */
const NOTE_AFTER_MS = 10_000
/** So much of a log is looked at again, rather than noting that there was nothing. */
const UNNOTED_MAX = 1024
/** Turns of the event loop for records that are on their way to their segments. */
const SETTLE_TURNS = 1000
/** Accounts between two turns of the journal. */
const ACCOUNTS_AT_ONCE = 64

export interface RetentionOptions {
  /** How long released payloads are kept, of the ledger's own time: RETENTION_MIN_MS at least. */
  readonly periodMs: number
  /** The disk refused, and it will be tried again. */
  readonly failed?: (error: unknown) => void
  readonly dropped?: (account: AccountId, records: number, bytes: number) => void
}

export interface RetentionParts {
  readonly options: RetentionOptions
  readonly clock: Clock
  readonly context: OpenContext
  readonly run: StepRunner
  readonly lock: SegmentLock
  /** Throws AccountDamagedError and DiskError. */
  account(id: AccountId): AccountState
  /** Records before this one are in segments. */
  settledSize(account: AccountId): number
  /** Resolves when nothing of what is committed now is in the commit journal any more, valid or not. */
  turnJournal(): Promise<void>
  /** Repairs a segment from its parity, as far as that goes. */
  repair(account: AccountId, segment: number): Promise<unknown>
  /** A segment has no parity any more. */
  wantsParity(account: AccountId): void
  halt(cause: unknown): void
}

/** What a run has done. */
export interface RetentionRun {
  readonly records: number
  readonly bytes: number
  readonly segments: number
  /** Segments with damage, from which nothing can be dropped. */
  readonly damaged: number
}

export interface WaitingAccount {
  readonly account: AccountId
  readonly records: number
  readonly bytes: number
  /** Until the first, and the last, of them is due, in the ledger's time; 0: it is. */
  readonly firstMs: number
  readonly lastMs: number
  /** The log cannot be read far enough: nothing goes. */
  readonly isBlocked: boolean
  readonly isDestroyed: boolean
}

interface Plan {
  readonly account: AccountId
  readonly notes: ReleaseNotes
  readonly destroyed: Destroyed | null
  readonly cutoffMs: number
  readonly due: NumberRanges
  readonly segments: readonly DueSegment[]
}

export class Retention {
  readonly time: LedgerTime
  readonly #parts: RetentionParts
  readonly #pending = new Set<AccountId>()
  readonly #changed = new Set<AccountId>()
  /** By segment, when it was written anew. */
  readonly #rewritten = new Map<string, number>()
  /** What waits of an account, for as long as nothing changed. */
  readonly #measured = new Map<AccountId, { readonly key: string; readonly records: number; readonly bytes: number }>()
  #last: Promise<unknown> = Promise.resolve()
  #hasLearnt = false
  #isTimeStored = false
  #timers = new Set<Timer>()
  #noting: Timer | null = null
  #stopped = false

  constructor(parts: RetentionParts) {
    this.#parts = parts
    const { context, clock, options } = parts
    if (options.periodMs < RETENTION_MIN_MS) throw new RangeError('released payloads are kept for seven days at least')
    this.time = new LedgerTime(context.disk, clock, context.directory, options.periodMs)
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
  runNow(): Promise<RetentionRun> {
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
        const one = await this.#waiting(account)
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
        await this.time.store()
        const destroyed = { time: new Date(clock.now()).toISOString(), seenMs: this.time.now() }
        await writeDestroyed(context.disk, paths, account, destroyed)
      }
      state.isDestroyed = true
      this.#pending.add(account)
      if (!(await this.#whenSettled(account))) throw new LedgerRefusedError('unavailable')
      const plan = await this.#plan(account)
      if (plan === null) return 0
      const slots = plan.segments.reduce((sum, { records }) => sum + records, 0)
      const { records } = await this.#carryOut([plan])
      if (records < slots) throw new LedgerRefusedError('unavailable')
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

  /** Accounts of which something is noted, from before this ledger was started: what is not yet, the sweep finds. */
  async #learn(): Promise<void> {
    if (this.#hasLearnt) return
    this.#hasLearnt = true
    const { disk, directory } = this.#parts.context
    let walked = 0
    for (const account of listAccounts(disk, directory)) {
      const paths = accountPaths(directory, account)
      const isWaiting = disk.exists(paths.destroyed) || (readNotes(disk, paths, account)?.ranges.length ?? 0) > 0
      if (isWaiting) this.#pending.add(account)
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

  /** Brings the notes of an account up to date, and keeps them. Null if the log cannot be read so far. */
  async #note(account: AccountId): Promise<ReleaseNotes | null> {
    const { context } = this.#parts
    const paths = accountPaths(context.directory, account)
    const notes = readNotes(context.disk, paths, account)
    const noted = await this.#bringUpToDate(account, notes)
    const isWaiting = noted.notes.ranges.length > 0 || context.disk.exists(paths.destroyed)
    if (isWaiting) this.#pending.add(account)
    else this.#pending.delete(account)
    const added = noted.notes.size - (notes?.size ?? 0)
    if (added > UNNOTED_MAX || (added > 0 && isWaiting)) await this.#keep(account, noted.notes)
    return noted.isWhole ? noted.notes : null
  }

  async #bringUpToDate(
    account: AccountId,
    known: ReleaseNotes | null,
  ): Promise<{ readonly notes: ReleaseNotes; readonly isWhole: boolean }> {
    const { context, run } = this.#parts
    const settled = this.#parts.settledSize(account)
    return run(noteReleases(context, account, known?.copy() ?? null, settled, this.time.now()))
  }

  async #keep(account: AccountId, notes: ReleaseNotes): Promise<void> {
    const { context } = this.#parts
    // Before what refers to it.
    if (notes.ranges.length > 0 && !this.#isTimeStored) await this.#storeTime()
    await writeNotes(context.disk, accountPaths(context.directory, account), account, notes)
  }

  async #storeTime(): Promise<void> {
    await this.time.store()
    this.#isTimeStored = true
  }

  /** Time only matters while something waits. */
  async #keepTime(): Promise<void> {
    if (this.#pending.size > 0) await this.#exclusively(() => this.#storeTime())
    if (!this.#stopped) this.#later(LEDGER_TIME_LAG_MS, () => this.#keepTime())
  }

  async #dropDue(): Promise<RetentionRun> {
    const total = { records: 0, bytes: 0, segments: 0, damaged: 0 }
    if (this.#pending.size > 0) await this.#storeTime()
    let plans: Plan[] = []
    const carryOut = async (): Promise<void> => {
      const done = await this.#carryOut(plans)
      plans = []
      total.records += done.records
      total.bytes += done.bytes
      total.segments += done.segments
      total.damaged += done.damaged
    }
    for (const account of Array.from(this.#pending)) {
      if (this.#stopped) break
      const plan = await this.#plan(account).catch((error: unknown) => {
        // The others' go.
        if (error instanceof AccountDamagedError) return null
        throw error
      })
      if (plan !== null) plans.push(plan)
      if (plans.length >= ACCOUNTS_AT_ONCE) await carryOut()
    }
    await carryOut()
    return total
  }

  /** Null if nothing of the account can go now. */
  async #plan(account: AccountId): Promise<Plan | null> {
    const { context, run, options } = this.#parts
    const paths = accountPaths(context.directory, account)
    const destroyed = readDestroyed(context.disk, paths)
    const notes = destroyed === null ? await this.#note(account) : await this.#notesOfDestroyed(account)
    if (notes === null) return null
    const cutoffMs = this.time.now() - options.periodMs
    const due = new NumberRanges(notes.seenUntil(cutoffMs))
    const is = destroyed === null ? isDueMail(due) : isDueOfDestroyed(destroyed, cutoffMs)
    const mayBe = (first: number, last: number): boolean => destroyed !== null || hasSome(due, first, last)
    const segments = await run(dueSegments(context.disk, paths, account, { is, mayBe }))
    // What is not there any more, or never was mail, needs not wait.
    for (const { first, end, records } of segments) if (records === 0) forget(notes, due, first, end)
    const overdue = new NumberRanges(notes.seenUntil(cutoffMs - OVERDUE_MS))
    const worthIt = segments.filter((segment) => {
      if (destroyed !== null) return segment.records > 0
      const isOverdue = hasSome(overdue, segment.first, segment.end - 1)
      return isWorthIt(segment, isOverdue) && (isOverdue || !this.#isRecent(account, segment.first))
    })
    const plan = { account, notes, destroyed, cutoffMs, due, segments: worthIt }
    if (worthIt.length === 0) {
      if (segments.some(({ records }) => records === 0)) await this.#keep(account, notes)
      return destroyed === null || this.#slotsBytes(account) === 0 ? null : plan
    }
    if (worthIt.at(-1)?.isLast !== true) return plan
    const isClosed = closeLastSegment(context, this.#parts.account(account))
    return isClosed ? plan : { ...plan, segments: worthIt.slice(0, -1) }
  }

  async #notesOfDestroyed(account: AccountId): Promise<ReleaseNotes> {
    const { context } = this.#parts
    const notes = readNotes(context.disk, accountPaths(context.directory, account), account)
    return (await this.#bringUpToDate(account, notes)).notes
  }

  async #carryOut(plans: readonly Plan[]): Promise<RetentionRun> {
    const total = { records: 0, bytes: 0, segments: 0, damaged: 0 }
    const isNeeded = plans.some(({ segments, destroyed }) => segments.length > 0 || destroyed !== null)
    if (!isNeeded) return total
    // What the journal holds is written again at the next start: segments as they were, and copies of slots. And what it held before may be there still.
    await this.#parts.turnJournal()
    for (const plan of plans) {
      if (plan.destroyed !== null) await this.#emptySlots(this.#parts.account(plan.account))
      for (const segment of plan.segments) {
        if (this.#stopped) break
        const outcome = await this.#drop(plan, segment)
        if (outcome.kind === 'damaged') total.damaged++
        if (outcome.kind === 'dropped') {
          total.segments++
          total.records += count(outcome.records)
          total.bytes += outcome.bytes
        }
      }
      if (plan.segments.length > 0) await this.#keep(plan.account, plan.notes)
    }
    return total
  }

  async #drop(plan: Plan, { first, end }: DueSegment): Promise<DropOutcome> {
    const { account, notes, due, destroyed, cutoffMs } = plan
    const { context, run, lock, clock, options } = this.#parts
    const mayDrop = destroyed === null ? isDueMail(due) : isDueOfDestroyed(destroyed, cutoffMs)
    const confirm: SegmentDrop['confirm'] = (records, replace) => this.#confirm(plan, records, replace)
    const drop = { account, first, mayDrop, confirm }
    const attempt = (): Promise<DropOutcome> => lock.hold(account, first, () => dropPayloads({ ...context, run }, drop))
    let outcome = await attempt()
    if (outcome.kind === 'damaged') {
      await this.#parts.repair(account, first)
      outcome = await attempt()
    }
    if (outcome.kind === 'dropped') {
      const state = this.#parts.account(account)
      state.droppedBytes = null
      this.#measured.delete(account)
      this.#remember(account, first)
      const time = new Date(clock.now()).toISOString()
      const { records, bytes } = outcome
      const why = destroyed === null ? 'released' : 'destroyed'
      await appendDrop(context.disk, context.directory, { time, account, why, records, bytes })
      options.dropped?.(account, count(records), bytes)
    }
    this.#parts.wantsParity(account)
    if (outcome.kind === 'dropped' || outcome.kind === 'nothing') forget(notes, due, first, end)
    return outcome
  }

  /** The last word is the log's: with everything that is committed now, these are still released. */
  async #confirm(
    { account, notes, destroyed, cutoffMs }: Plan,
    records: Parameters<SegmentDrop['confirm']>[0],
    replace: () => void,
  ): Promise<boolean> {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) {
      const { notes: current, isWhole } = await this.#bringUpToDate(account, notes)
      const state = this.#parts.account(account)
      if (!isWhole && destroyed === null) return false
      // From here to the end nothing else can happen.
      if (destroyed !== null || (current.size === state.committed.size && state.settled === current.size)) {
        notes.become(current)
        const isDue = destroyed !== null || records.every(([first, last]) => notes.covers(first, last, cutoffMs))
        if (isDue) replace()
        return isDue
      }
      await yieldToEventLoop()
    }
    return false
  }

  async #whenSettled(account: AccountId): Promise<boolean> {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) {
      const state = this.#parts.account(account)
      if (state.pins === 0 && state.settled === state.committed.size) return true
      await yieldToEventLoop()
    }
    return false
  }

  #slotsBytes(account: AccountId): number {
    const { files, directory } = this.#parts.context
    return files.size(accountPaths(directory, account).slots)
  }

  async #emptySlots({ paths }: AccountState): Promise<void> {
    const { files } = this.#parts.context
    const size = files.size(paths.slots)
    if (size === 0) return
    files.write(paths.slots, Buffer.alloc(size), 0)
    await files.datasync(paths.slots)
    files.truncate(paths.slots, 0)
    await files.datasync(paths.slots)
  }

  async #waiting(account: AccountId): Promise<WaitingAccount | null> {
    const { context, run, options } = this.#parts
    const paths = accountPaths(context.directory, account)
    const destroyed = readDestroyed(context.disk, paths)
    const notes = readNotes(context.disk, paths, account)
    const { notes: current, isWhole } = await this.#bringUpToDate(account, notes)
    const all = new NumberRanges(current.ranges.map(({ first, last }) => [first, last]))
    const is = destroyed === null ? isDueMail(all) : () => true
    const mayBe = (first: number, last: number): boolean => destroyed !== null || hasSome(all, first, last)
    const key = `${current.size} ${current.ranges.length} ${destroyed !== null}`
    let measured = this.#measured.get(account)
    if (measured?.key !== key) {
      const segments = await run(dueSegments(context.disk, paths, account, { is, mayBe }))
      const records = segments.reduce((sum, segment) => sum + segment.records, 0)
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
      measured = { key, records, bytes }
      this.#measured.set(account, measured)
    }
    const { records, bytes } = measured
    if (records === 0) return null
    const now = this.time.now()
    const leftMs = (seenMs: number): number => Math.max(0, Math.min(seenMs, now) + options.periodMs - now)
    const times = destroyed === null ? current.ranges.map(({ seenMs }) => leftMs(seenMs)) : [leftMs(destroyed.seenMs)]
    return {
      account,
      records,
      bytes,
      firstMs: times.reduce((a, b) => Math.min(a, b), options.periodMs),
      lastMs: times.reduce((a, b) => Math.max(a, b), 0),
      isBlocked: !isWhole,
      isDestroyed: destroyed !== null,
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

  #remember(account: AccountId, first: number): void {
    const now = this.time.now()
    for (const [key, at] of this.#rewritten) {
      if (now - at < REWRITE_BETWEEN_MS) break
      this.#rewritten.delete(key)
    }
    this.#rewritten.set(`${account}/${first}`, now)
  }

  #isRecent(account: AccountId, first: number): boolean {
    const at = this.#rewritten.get(`${account}/${first}`)
    return at !== undefined && this.time.now() - at < REWRITE_BETWEEN_MS
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

function isDueMail(due: NumberRanges): (header: RecordHeader) => boolean {
  return ({ kind, seq }) => kind === 'mail' && due.has(seq)
}

/** What opens the account at once, everything else in its time. */
function isDueOfDestroyed({ seenMs }: Destroyed, cutoffMs: number): (header: RecordHeader) => boolean {
  return ({ kind }) => kind === 'slot' || seenMs <= cutoffMs
}

function hasSome(ranges: NumberRanges, first: number, last: number): boolean {
  return ranges.within(first, last).next().done !== true
}

/** What was due of a segment is done with. */
function forget(notes: ReleaseNotes, due: NumberRanges, first: number, end: number): void {
  for (const [from, to] of Array.from(due.within(first, end - 1))) notes.remove(from, to)
}

function count(ranges: readonly (readonly [number, number])[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}
