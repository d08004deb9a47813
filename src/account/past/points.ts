// Points in time: when something of the account changed, by days, by hours or one by one, and how much of what kind. Everything is counted as it was applied:
// a removal of "all there is" counts the messages that there were.

import type { EmailId } from '#base/ids.ts'
import { ChangeBuilder } from '#account/change-builder.ts'
import type { FoldContext } from '#account/fold-context.ts'
import { applyOperation, modseqOf } from '#account/fold.ts'
import type { JournalOperation, Outcome } from '#account/operation.ts'
import { REHEARSAL_SETTING } from '#account/rehearsal/result.ts'
import { isUseSetting } from '#account/slot-use.ts'
import { AccountState } from '#account/state.ts'
import { PastRecords } from './past-records.ts'

export const POINT_KINDS = [
  /** Messages that came. */
  'delivered',
  /** Messages that a client put there, sent or imported. */
  'filed',
  /** Messages that a restore brought back. */
  'restored',
  'copied',
  'moved',
  /** Messages of which keywords or deletion marks changed. */
  'flagged',
  'removed',
  /** Mailboxes made, renamed, changed or removed. */
  'mailboxes',
  'settings',
] as const

export type PointKind = (typeof POINT_KINDS)[number]
type PointCounts = Readonly<Record<PointKind, number>>
/** `change`: each journal record. */
export type PointUnit = 'day' | 'hour' | 'change'

export interface Point {
  /** The last journal record of it: the account as of then. */
  readonly record: number
  /** Of its first and its last change. */
  readonly from: number
  readonly to: number
  readonly counts: PointCounts
}

/** More than these, and the oldest are left out. */
const POINTS_MAX = 20_000

const UNIT_MS = { day: 86_400_000, hour: 3_600_000, change: null } as const

interface OpenPoint {
  record: number
  readonly unit: number
  from: number
  to: number
  readonly counts: Record<PointKind, number>
}

function noCounts(): Record<PointKind, number> {
  return Object.fromEntries(POINT_KINDS.map((kind) => [kind, 0])) as Record<PointKind, number>
}

/** Collects points from all journal records, which come in order. */
export class PointCollector {
  readonly records = new PastRecords()
  readonly #state = new AccountState()
  readonly #unitMs: number | null
  readonly #offsetMs: number
  readonly #points: OpenPoint[] = []
  /** Older ones were left out. */
  isCut = false

  constructor(unit: PointUnit, utcOffsetMinutes: number) {
    this.#unitMs = UNIT_MS[unit]
    this.#offsetMs = utcOffsetMinutes * 60_000
  }

  add(seq: number, time: number, operations: readonly JournalOperation[]): void {
    if (operations.length > 0 && operations.every(isBookkeeping)) return
    const unit = this.#unitMs === null ? seq : Math.floor((time + this.#offsetMs) / this.#unitMs)
    let point = this.#points.at(-1)
    if (point?.unit !== unit) {
      point = { record: seq, unit, from: time, to: time, counts: noCounts() }
      this.#points.push(point)
      if (this.#points.length > 2 * POINTS_MAX) {
        this.#points.splice(0, POINTS_MAX)
        this.isCut = true
      }
    }
    point.record = seq
    point.from = Math.min(point.from, time)
    point.to = Math.max(point.to, time)
    this.#count(point.counts, seq, operations)
  }

  #count(counts: Record<PointKind, number>, seq: number, operations: readonly JournalOperation[]): void {
    const filed: (EmailId | null)[] = []
    for (const operation of operations) {
      const changes = new ChangeBuilder()
      const { records } = this
      const context: FoldContext = { state: this.#state, records, changes, seq, modseq: modseqOf(seq), filed }
      const outcome = applyOperation(context, operation)
      filed.push((outcome.applied ? outcome.email : null) ?? null)
      if (outcome.applied) count(counts, operation, outcome, changes.emailCount)
    }
  }

  /** The newest first. */
  finish(): Point[] {
    if (this.#points.length > POINTS_MAX) this.isCut = true
    return this.#points
      .slice(-POINTS_MAX)
      .reverse()
      .map(({ record, from, to, counts }) => ({ record, from, to, counts }))
  }
}

/** What the server noted for the owner changes nothing of the account. */
function isBookkeeping(operation: JournalOperation): boolean {
  return operation.kind === 'set' && (isUseSetting(operation.key) || operation.key === REHEARSAL_SETTING)
}

function count(
  counts: Record<PointKind, number>,
  operation: JournalOperation,
  outcome: Extract<Outcome, { applied: true }>,
  emails: number,
): void {
  switch (operation.kind) {
    case 'createMailbox':
    case 'updateMailbox':
      counts.mailboxes++
      return
    case 'destroyMailbox':
      counts.mailboxes++
      counts.removed += emails
      return
    case 'file':
      if (operation.source === 'delivered') counts.delivered++
      else if (operation.source === 'restored') counts.restored++
      else counts.filed++
      return
    case 'changeKeywords':
    case 'markDeleted':
      counts.flagged += emails
      return
    case 'remove':
      counts.removed += emails
      return
    case 'addToMailbox':
      counts.copied += outcome.added?.length ?? 0
      return
    case 'move':
    case 'setMailboxes':
      counts.moved += operation.kind === 'move' ? (outcome.added?.length ?? 0) : emails
      return
    case 'set':
      if (!isBookkeeping(operation)) counts.settings++
  }
}
