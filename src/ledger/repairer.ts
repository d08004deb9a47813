// Who asks for repairs, and how often: one repair at a time, one for all who ask for the same meanwhile, and what cannot be repaired is not tried
// again for a while, however often somebody reads it.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Clock } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'
import { AccountDamagedError } from './errors.ts'

export type RepairOutcome = 'intact' | 'repaired' | 'unrepairable' | 'unavailable'

/** What was found damaged is so in the page cache, where readers read, or on the device. */
export type RepairView = 'cache' | 'device'

export interface RepairerParts {
  readonly clock: Clock
  /** Repairs a closed segment; or, if that is null, what of the account's files can be derived. Throws DiskError, AccountDamagedError. */
  repair(account: AccountId, segment: Seq | null, view: RepairView): Promise<RepairOutcome>
  /** Told what became of it. */
  examined(account: AccountId, segment: Seq | null, outcome: RepairOutcome): void
}

interface Wanted {
  readonly account: AccountId
  readonly segment: Seq | null
  readonly view: RepairView
}

const WAITING_MAX = 256
const REMEMBERED_MAX = 1024
const AGAIN_AFTER_MS = 60_000

export class Repairer {
  readonly #parts: RepairerParts
  readonly #underWay = new Map<string, Promise<RepairOutcome>>()
  /** Outcomes that repeating would not change soon, oldest first. */
  readonly #recent = new Map<string, { readonly outcome: RepairOutcome; readonly until: number }>()
  #last: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(parts: RepairerParts) {
    this.#parts = parts
  }

  /** `unavailable`: not now. Rejects with what `repair` throws otherwise. */
  repair(account: AccountId, segment: Seq | null, view: RepairView = 'cache'): Promise<RepairOutcome> {
    const key = `${account}/${segment ?? ''}/${view}`
    const recent = this.#recent.get(key)
    if (recent !== undefined && this.#parts.clock.monotonic() < recent.until) return Promise.resolve(recent.outcome)
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined) return underWay
    if (this.#stopped || this.#underWay.size >= WAITING_MAX) return Promise.resolve('unavailable')
    const outcome = this.#last.then(() => this.#repair({ account, segment, view }, key))
    this.#underWay.set(key, outcome)
    const over = (): boolean => this.#underWay.delete(key)
    this.#last = outcome.then(over, over)
    return outcome
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#last
  }

  async #repair({ account, segment, view }: Wanted, key: string): Promise<RepairOutcome> {
    if (this.#stopped) return 'unavailable'
    let outcome: RepairOutcome
    try {
      outcome = await this.#parts.repair(account, segment, view)
    } catch (error) {
      // Who reads has the right bytes all the same; the files stay as they are.
      if (!(error instanceof DiskError || error instanceof AccountDamagedError)) throw error
      outcome = 'unavailable'
    }
    if (outcome !== 'repaired') this.#remember(key, outcome)
    this.#parts.examined(account, segment, outcome)
    return outcome
  }

  #remember(key: string, outcome: RepairOutcome): void {
    this.#recent.delete(key)
    this.#recent.set(key, { outcome, until: this.#parts.clock.monotonic() + AGAIN_AFTER_MS })
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= REMEMBERED_MAX) return
      this.#recent.delete(oldest)
    }
  }
}
