// Which payloads of an account are due, and dropping them: docs/formats/release.md §5 and §7.
//
// Invariants: a payload goes only if it is mail, was released, was seen released for the whole retention time of this ledger's own clock, and was not kept again by
// any record that is committed when the segment is replaced; or if the operator has destroyed the account. While the log, as far as it says what is released, cannot be
// read, nothing of the account goes.

import type { AccountId } from '#base/ids.ts'
import { type NumberRange, NumberRanges } from '#base/number-ranges.ts'
import { type Clock, yieldToEventLoop } from '#platform/clock.ts'
import type { AccountState } from './account-state.ts'
import { closeLastSegment } from './close-segment.ts'
import { type Destroyed, readDestroyed } from './destroyed.ts'
import { appendDrop } from './drop-log.ts'
import { type DropOutcome, dropPayloads } from './drop-payloads.ts'
import type { LedgerTime } from './ledger-time.ts'
import type { NoteKeeper } from './note-keeper.ts'
import type { OpenContext } from './open-context.ts'
import { accountPaths } from './paths.ts'
import type { RecordHeader } from './record.ts'
import { type DueSegment, dueSegments, isWorthIt } from './retention-plan.ts'
import type { ReleaseNotes } from './release-notes.ts'
import type { SegmentLock } from './segment-lock.ts'
import type { StepRunner } from './write-parity.ts'

const DAY_MS = 86_400_000
/** Something that is due waits no longer for more to be due in its segment. */
const OVERDUE_MS = 7 * DAY_MS
/** A segment is written anew no more often, unless something has waited long enough. */
const REWRITE_BETWEEN_MS = DAY_MS
/** Turns of the event loop for records that are on their way to their segments. */
const SETTLE_TURNS = 1000

export interface PayloadDropperParts {
  readonly clock: Clock
  readonly context: OpenContext
  readonly run: StepRunner
  readonly lock: SegmentLock
  readonly time: LedgerTime
  readonly notes: NoteKeeper
  /** How long released payloads are kept. */
  readonly periodMs: number
  /** Throws AccountDamagedError and DiskError. */
  account(id: AccountId): AccountState
  /** Resolves when nothing of what is committed now is in the commit journal any more, valid or not. */
  turnJournal(): Promise<void>
  /** Repairs a segment from its parity, as far as that goes. */
  repair(account: AccountId, segment: number): Promise<unknown>
  /** A segment has no parity any more. */
  wantsParity(account: AccountId): void
  /** Payloads have gone. */
  dropped(account: AccountId, records: number, bytes: number): void
  /** Nothing new is begun any more. */
  isStopped(): boolean
}

/** What was done. */
export interface Drops {
  readonly records: number
  readonly bytes: number
  readonly segments: number
  /** Segments with damage, from which nothing can be dropped. */
  readonly damaged: number
}

export interface DropPlan {
  readonly account: AccountId
  readonly notes: ReleaseNotes
  readonly destroyed: Destroyed | null
  readonly cutoffMs: number
  readonly due: NumberRanges
  readonly segments: readonly DueSegment[]
}

export class PayloadDropper {
  readonly #parts: PayloadDropperParts
  /** By segment, when it was written anew. */
  readonly #rewritten = new Map<string, number>()

  constructor(parts: PayloadDropperParts) {
    this.#parts = parts
  }

  /** Null if nothing of the account can go now. The last segment is closed for it. Throws DiskError, AccountDamagedError. */
  async plan(account: AccountId): Promise<DropPlan | null> {
    const { context, run, periodMs, time } = this.#parts
    const paths = accountPaths(context.directory, account)
    const destroyed = readDestroyed(context.disk, paths)
    const { notes, isWhole } = await this.#parts.notes.note(account, destroyed !== null)
    if (!isWhole && destroyed === null) return null
    const cutoffMs = time.now() - periodMs
    const due = new NumberRanges(notes.seenUntil(cutoffMs))
    const mayBe = (first: number, last: number): boolean => destroyed !== null || hasSome(due, first, last)
    const is = destroyed === null ? isMailIn(due) : isDueOfDestroyed(destroyed, cutoffMs)
    const segments = await run(dueSegments(context.disk, paths, account, { is, mayBe }))
    // What is not there any more, or never was mail, needs not wait.
    const empty = segments.filter(({ records }) => records === 0)
    for (const { first, end } of empty) forget(notes, due, first, end)
    if (empty.length > 0) await this.#parts.notes.keep(account, notes)
    const overdue = new NumberRanges(notes.seenUntil(cutoffMs - OVERDUE_MS))
    const worthIt = segments.filter((segment) => {
      if (destroyed !== null) return segment.records > 0
      const isOverdue = hasSome(overdue, segment.first, segment.end - 1)
      return isWorthIt(segment, isOverdue) && (isOverdue || !this.#isRecent(account, segment.first))
    })
    const hasCopies = destroyed !== null && context.files.size(paths.slots) > 0
    if (worthIt.length === 0 && !hasCopies) return null
    const plan = { account, notes, destroyed, cutoffMs, due, segments: worthIt }
    if (worthIt.at(-1)?.isLast !== true) return plan
    const isClosed = closeLastSegment(context, this.#parts.account(account))
    return isClosed ? plan : { ...plan, segments: worthIt.slice(0, -1) }
  }

  /** Throws DiskError, DurabilityError, AccountDamagedError, LedgerRefusedError. */
  async carryOut(plans: readonly DropPlan[]): Promise<Drops> {
    const total = { records: 0, bytes: 0, segments: 0, damaged: 0 }
    if (plans.length === 0) return total
    // What the journal holds is written again at the next start: segments as they were, and copies of slots. And what it held before may be there still.
    await this.#parts.turnJournal()
    for (const plan of plans) {
      if (plan.destroyed !== null) await this.#emptySlots(plan.account)
      for (const segment of plan.segments) {
        if (this.#parts.isStopped()) break
        const outcome = await this.#drop(plan, segment)
        if (outcome.kind === 'damaged') total.damaged++
        if (outcome.kind !== 'dropped') continue
        total.segments++
        total.records += count(outcome.records)
        total.bytes += outcome.bytes
      }
      await this.#parts.notes.keep(plan.account, plan.notes)
    }
    return total
  }

  async #drop(plan: DropPlan, { first, end }: DueSegment): Promise<DropOutcome> {
    const { account, notes, due, destroyed, cutoffMs } = plan
    const { context, run, lock } = this.#parts
    const drop = {
      account,
      first,
      mayDrop: destroyed === null ? isMailIn(due) : isDueOfDestroyed(destroyed, cutoffMs),
      confirm: (records: readonly NumberRange[], replace: () => void) => this.#confirm(plan, records, replace),
    }
    const attempt = (): Promise<DropOutcome> => lock.hold(account, first, () => dropPayloads({ ...context, run }, drop))
    let outcome = await attempt()
    if (outcome.kind === 'damaged') {
      await this.#parts.repair(account, first)
      outcome = await attempt()
    }
    if (outcome.kind === 'dropped') await this.#note(plan, first, outcome.records, outcome.bytes)
    this.#parts.wantsParity(account)
    if (outcome.kind === 'dropped' || outcome.kind === 'nothing') forget(notes, due, first, end)
    return outcome
  }

  async #note(
    { account, destroyed }: DropPlan,
    first: number,
    records: readonly NumberRange[],
    bytes: number,
  ): Promise<void> {
    const { context, clock } = this.#parts
    this.#parts.account(account).droppedBytes = null
    this.#remember(account, first)
    const time = new Date(clock.now()).toISOString()
    const why = destroyed === null ? 'released' : 'destroyed'
    await appendDrop(context.disk, context.directory, { time, account, why, records, bytes })
    this.#parts.dropped(account, count(records), bytes)
  }

  /** The last word is the log's: with everything that is committed now, these are still released. */
  async #confirm(
    { account, notes, destroyed, cutoffMs }: DropPlan,
    records: readonly NumberRange[],
    replace: () => void,
  ): Promise<boolean> {
    if (destroyed !== null) {
      replace()
      return true
    }
    for (let turn = 0; turn < SETTLE_TURNS; turn++) {
      const { notes: current, isWhole } = await this.#parts.notes.bringUpToDate(account, notes)
      if (!isWhole) return false
      // From here to the end nothing else can happen.
      const { committed, settled } = this.#parts.account(account)
      if (current.size === committed.size && current.size === settled) {
        notes.become(current)
        const isDue = records.every(([first, last]) => notes.covers(first, last, cutoffMs))
        if (isDue) replace()
        return isDue
      }
      await yieldToEventLoop()
    }
    return false
  }

  /** Nothing of the account is on its way. False: it does not come to rest. */
  async whenSettled(account: AccountId): Promise<boolean> {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) {
      const state = this.#parts.account(account)
      if (state.pins === 0 && state.settled === state.committed.size) return true
      await yieldToEventLoop()
    }
    return false
  }

  async #emptySlots(account: AccountId): Promise<void> {
    const { files, directory } = this.#parts.context
    const { slots } = accountPaths(directory, account)
    const size = files.size(slots)
    if (size === 0) return
    files.write(slots, Buffer.alloc(size), 0)
    await files.datasync(slots)
    files.truncate(slots, 0)
    await files.datasync(slots)
  }

  #remember(account: AccountId, first: number): void {
    const now = this.#parts.time.now()
    for (const [key, at] of this.#rewritten) {
      if (now - at < REWRITE_BETWEEN_MS) break
      this.#rewritten.delete(key)
    }
    this.#rewritten.set(`${account}/${first}`, now)
  }

  #isRecent(account: AccountId, first: number): boolean {
    const at = this.#rewritten.get(`${account}/${first}`)
    return at !== undefined && this.#parts.time.now() - at < REWRITE_BETWEEN_MS
  }
}

export function isMailIn(ranges: NumberRanges): (header: RecordHeader) => boolean {
  return ({ kind, seq }) => kind === 'mail' && ranges.has(seq)
}

/** What opens the account at once, everything else in its time. */
function isDueOfDestroyed({ seenMs }: Destroyed, cutoffMs: number): (header: RecordHeader) => boolean {
  return ({ kind }) => kind === 'slot' || seenMs <= cutoffMs
}

export function hasSome(ranges: NumberRanges, first: number, last: number): boolean {
  return ranges.within(first, last).next().done !== true
}

/** What was due of a segment is done with. */
function forget(notes: ReleaseNotes, due: NumberRanges, first: number, end: number): void {
  for (const [from, to] of due.within(first, end - 1)) notes.remove(from, to)
}

function count(ranges: readonly NumberRange[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}
