// Whoever has somebody's open page, or the token of their session, could try passwords there, which are worth more than the session: after a few wrong
// ones, none is looked at for a while.

import type { AccountId } from '#base/ids.ts'
import type { Clock } from '#platform/clock.ts'

const TRIES_MAX = 8
const FORGET_MS = 10 * 60_000

export class WrongTries {
  readonly #clock: Clock
  readonly #tries = new Map<AccountId, { count: number; lastAt: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  mayTry(account: AccountId): boolean {
    const tries = this.#tries.get(account)
    if (tries === undefined) return true
    if (this.#clock.monotonic() - tries.lastAt < FORGET_MS) return tries.count < TRIES_MAX
    this.#tries.delete(account)
    return true
  }

  wrong(account: AccountId): void {
    const count = (this.#tries.get(account)?.count ?? 0) + 1
    this.#tries.set(account, { count, lastAt: this.#clock.monotonic() })
  }

  right(account: AccountId): void {
    this.#tries.delete(account)
  }
}
