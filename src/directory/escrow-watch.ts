// Requests to open accounts by escrow, and their delay. The delay is counted in time that this process runs, by a clock that never jumps: while the server
// stands still no owner could log in and refuse, and a clock that is set forward, or was while it stood still, shortens nothing. What is over is written
// down now and then, so that a restart costs some of it and never adds any.

import type { AccountId } from '#base/ids.ts'
import { type Result, fail, ok } from '#base/result.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import type { Clock } from '#platform/clock.ts'
import type { ChangeFailure, Directory } from './directory.ts'
import type { EscrowEntry } from './entries.ts'

const NOTE_EVERY_MS = 15 * 60_000
/** What nobody has used for so long after it could be used has to be asked for, and announced, anew. */
const USABLE_MS = 7 * 86_400_000

export interface EscrowRequest {
  /** When it was asked for, by the wall clock. */
  readonly requested: number
  readonly delayMs: number
  /** 0: it can be used. */
  readonly leftMs: number
  readonly state: EscrowEntry['state']
}

type Outcome = Promise<Result<unknown, ChangeFailure | 'notDue'>>

export class EscrowWatch {
  readonly #directory: Directory
  readonly #clock: Clock
  readonly #delayMs: number
  /** Until when what has been waited is written down, for each that waits. */
  readonly #notedAt = new Map<AccountId, number>()
  readonly #fault: (error: unknown) => void

  constructor(directory: Directory, clock: Clock, delayMs: number, fault: (error: unknown) => void) {
    this.#directory = directory
    this.#clock = clock
    this.#delayMs = delayMs
    this.#fault = fault
  }

  /** When the directory is open. */
  start(): void {
    for (const { account, state } of this.#directory.escrows()) if (state === 'waiting') this.#begin(account)
    this.#noteLater()
  }

  /** The last one; null if there was none. */
  request(account: AccountId): EscrowRequest | null {
    const entry = this.#directory.escrow(account)
    if (entry === null) return null
    const { created: requested, delayMs } = entry
    const waited = this.#waited(entry)
    const state = entry.state === 'waiting' && waited >= delayMs + USABLE_MS ? 'expired' : entry.state
    return { requested, delayMs, leftMs: Math.max(0, delayMs - waited), state }
  }

  /** The operator asks. `exists`: a request is waiting already. */
  async ask(account: AccountId): Outcome {
    const asked = await this.#directory.changeEscrow(account, () => {
      if (this.request(account)?.state === 'waiting') return fail('exists')
      return ok({ account, created: this.#clock.now(), delayMs: this.#delayMs, waitedMs: 0, state: 'waiting' })
    })
    if (asked.ok) this.#begin(account)
    return asked
  }

  /** The owner refuses. `noSuchAddress`: there is nothing to refuse. */
  refuse(account: AccountId): Outcome {
    return this.#end(account, 'refused')
  }

  /** The operator has used it. `notDue`: it has to wait still. */
  async use(account: AccountId): Outcome {
    const request = this.request(account)
    if (request?.state === 'waiting' && request.leftMs > 0) return fail('notDue')
    return this.#end(account, 'used')
  }

  #end(account: AccountId, state: 'refused' | 'used'): Outcome {
    return this.#directory.changeEscrow(account, (known) => {
      if (known === null || this.request(account)?.state !== 'waiting') return fail('noSuchAddress')
      return ok({ ...known, waitedMs: this.#waited(known), state })
    })
  }

  #begin(account: AccountId): void {
    this.#notedAt.set(account, this.#clock.monotonic())
  }

  #waited({ account, waitedMs, state }: EscrowEntry): number {
    const notedAt = this.#notedAt.get(account)
    if (state !== 'waiting' || notedAt === undefined) return waitedMs
    return waitedMs + Math.max(0, Math.floor(this.#clock.monotonic() - notedAt))
  }

  #noteLater(): void {
    this.#clock.after(NOTE_EVERY_MS, () => {
      void this.#note()
        // What could not be written now counts when it is.
        .catch((error: unknown) => {
          if (!(error instanceof LedgerRefusedError)) this.#fault(error)
        })
        .finally(() => this.#noteLater())
    })
  }

  async #note(): Promise<void> {
    for (const { account, state } of this.#directory.escrows()) {
      if (state !== 'waiting') continue
      let now = 0
      const noted = await this.#directory.changeEscrow(account, (known) => {
        if (known?.state !== 'waiting') return fail('noSuchAddress')
        now = this.#clock.monotonic()
        const waitedMs = this.#waited(known)
        const isOver = waitedMs >= known.delayMs + USABLE_MS
        return ok({ ...known, waitedMs, state: isOver ? 'expired' : 'waiting' })
      })
      if (noted.ok) this.#notedAt.set(account, now)
    }
  }
}
