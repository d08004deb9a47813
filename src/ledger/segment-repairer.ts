// Who asks for the repair of a segment, and how often: one repair at a time, one for all who ask for the same segment meanwhile, and what cannot be
// repaired is not tried again for a while, however often somebody reads it.

import type { AccountId, Seq } from '#base/ids.ts'
import { DiskError } from '#platform/disk.ts'
import { type RepairContext, type SegmentRepair, repairSegment } from './repair-segment.ts'

const WAITING_MAX = 256
const REMEMBERED_MAX = 1024
const AGAIN_AFTER_MS = 60_000

export type RepairOutcome = SegmentRepair['outcome'] | 'unavailable'

type Examined = (account: AccountId, segment: Seq, outcome: RepairOutcome) => void

export class SegmentRepairer {
  readonly #context: RepairContext
  readonly #examined: Examined
  readonly #underWay = new Map<string, Promise<RepairOutcome>>()
  /** Outcomes that repeating would not change soon, oldest first. */
  readonly #recent = new Map<string, { readonly outcome: RepairOutcome; readonly until: number }>()
  #last: Promise<unknown> = Promise.resolve()
  #stopped = false

  /** `examined` is told what became of each repair. */
  constructor(context: RepairContext, examined: Examined) {
    this.#context = context
    this.#examined = examined
  }

  /** `unavailable`: not now. */
  repair(account: AccountId, first: Seq): Promise<RepairOutcome> {
    const key = `${account}/${first}`
    const recent = this.#recent.get(key)
    if (recent !== undefined && this.#context.clock.monotonic() < recent.until) return Promise.resolve(recent.outcome)
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined) return underWay
    if (this.#stopped || this.#underWay.size >= WAITING_MAX) return Promise.resolve('unavailable')
    const outcome = this.#last.then(() => this.#repair(account, first, key))
    this.#underWay.set(key, outcome)
    this.#last = outcome.then(
      () => this.#underWay.delete(key),
      () => this.#underWay.delete(key),
    )
    return outcome
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#last
  }

  async #repair(account: AccountId, first: Seq, key: string): Promise<RepairOutcome> {
    if (this.#stopped) return 'unavailable'
    let outcome: RepairOutcome
    try {
      outcome = (await repairSegment(this.#context, account, first)).outcome
    } catch (error) {
      // Who reads has the right bytes all the same; the file stays as it is.
      if (!(error instanceof DiskError)) throw error
      outcome = 'unavailable'
    }
    if (outcome !== 'repaired') this.#remember(key, outcome)
    this.#examined(account, first, outcome)
    return outcome
  }

  #remember(key: string, outcome: RepairOutcome): void {
    this.#recent.delete(key)
    this.#recent.set(key, { outcome, until: this.#context.clock.monotonic() + AGAIN_AFTER_MS })
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= REMEMBERED_MAX) return
      this.#recent.delete(oldest)
    }
  }
}
