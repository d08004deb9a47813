// What waits to be dropped of an account: how much, and for how long yet.

import type { AccountId } from '#base/ids.ts'
import { NumberRanges } from '#base/number-ranges.ts'
import { readDestroyed } from './destroyed.ts'
import type { LedgerTime } from './ledger-time.ts'
import type { NoteKeeper } from './note-keeper.ts'
import type { OpenContext } from './open-context.ts'
import { hasSome, isMailIn } from './payload-dropper.ts'
import { accountPaths } from './paths.ts'
import { dueSegments } from './retention-plan.ts'
import type { StepRunner } from './write-parity.ts'

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

interface WaitingPayloadsParts {
  readonly context: OpenContext
  readonly run: StepRunner
  readonly time: LedgerTime
  readonly notes: NoteKeeper
  readonly periodMs: number
}

export class WaitingPayloads {
  readonly #parts: WaitingPayloadsParts
  /** For as long as nothing changes. */
  readonly #measured = new Map<AccountId, { readonly key: string; readonly records: number; readonly bytes: number }>()

  constructor(parts: WaitingPayloadsParts) {
    this.#parts = parts
  }

  /** Something of the account has gone. */
  changed(account: AccountId): void {
    this.#measured.delete(account)
  }

  /** Null if nothing waits. Throws DiskError. */
  async of(account: AccountId): Promise<WaitingAccount | null> {
    const { context, notes: keeper, time, periodMs } = this.#parts
    const destroyed = readDestroyed(context.disk, accountPaths(context.directory, account))
    const { notes, isWhole } = await keeper.bringUpToDate(account, keeper.read(account))
    const all = new NumberRanges(notes.ranges.map(({ first, last }) => [first, last]))
    const key = `${notes.size} ${notes.ranges.length} ${destroyed !== null}`
    const { records, bytes } = await this.#measure(account, key, destroyed === null ? all : null)
    if (records === 0) return null
    const now = time.now()
    const leftMs = (seenMs: number): number => Math.max(0, Math.min(seenMs, now) + periodMs - now)
    const times = (destroyed === null ? notes.ranges : [destroyed]).map(({ seenMs }) => leftMs(seenMs))
    return {
      account,
      records,
      bytes,
      firstMs: times.reduce((a, b) => Math.min(a, b), periodMs),
      lastMs: times.reduce((a, b) => Math.max(a, b), 0),
      isBlocked: !isWhole && destroyed === null,
      isDestroyed: destroyed !== null,
    }
  }

  /** `ranges` null: everything. */
  async #measure(
    account: AccountId,
    key: string,
    ranges: NumberRanges | null,
  ): Promise<{ readonly records: number; readonly bytes: number }> {
    const known = this.#measured.get(account)
    if (known?.key === key) return known
    const { context, run } = this.#parts
    const is = ranges === null ? () => true : isMailIn(ranges)
    const mayBe = (first: number, last: number): boolean => ranges === null || hasSome(ranges, first, last)
    const paths = accountPaths(context.directory, account)
    const segments = await run(dueSegments(context.disk, paths, account, { is, mayBe }))
    const records = segments.reduce((sum, segment) => sum + segment.records, 0)
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
    const measured = { key, records, bytes }
    this.#measured.set(account, measured)
    return measured
  }
}
