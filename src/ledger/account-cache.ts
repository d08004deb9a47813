// The accounts in memory: at most a given number, those used longest ago leave first. An account that a group in flight names, or
// whose checkpoint is not stored, stays; how many those can be is bounded by what the commit journal holds.

import type { AccountId } from '#base/ids.ts'
import type { AccountState } from './account-state.ts'

/** Opened accounts that may leave are looked for among this many. */
const CANDIDATES = 16

export class AccountCache {
  readonly #open: (id: AccountId) => AccountState
  readonly #mayLeave: (state: AccountState) => boolean
  readonly #capacity: number
  /** Least recently used first. */
  readonly #states = new Map<AccountId, AccountState>()

  constructor(capacity: number, open: (id: AccountId) => AccountState, mayLeave: (state: AccountState) => boolean) {
    this.#capacity = capacity
    this.#open = open
    this.#mayLeave = mayLeave
  }

  /** Throws what `open` throws. */
  get(id: AccountId): AccountState {
    const state = this.#states.get(id) ?? this.#open(id)
    this.#states.delete(id)
    this.#states.set(id, state)
    if (this.#states.size > this.#capacity) this.#evict(state)
    return state
  }

  /** Null if it is not in memory. */
  peek(id: AccountId): AccountState | null {
    return this.#states.get(id) ?? null
  }

  /** A state that was opened elsewhere. */
  adopt(state: AccountState): void {
    this.#states.set(state.id, state)
  }

  #evict(wanted: AccountState): void {
    let tries = CANDIDATES
    for (const [id, state] of this.#states) {
      if (tries-- <= 0) return
      if (state === wanted || state.pins > 0 || !this.#mayLeave(state)) continue
      this.#states.delete(id)
      if (this.#states.size <= this.#capacity) return
    }
  }
}
