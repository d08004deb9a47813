// Changes of what opens an account, by its owner: one at a time for each account, so that two at once do not revoke each other's slots.

import type { AccountId } from '#base/ids.ts'
import type { AccountLog } from '#account/account-log.ts'
import type { SlotChange } from '#account/slots.ts'
import type { RootSecret } from '#keys/root.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Clock } from '#platform/clock.ts'

export interface SlotChangesParts {
  readonly clock: Clock
  log(account: AccountId): AccountLog
  reader(account: AccountId): LogReader
}

export class SlotChanges {
  readonly #parts: SlotChangesParts
  /** The last change of each account that has one under way. */
  readonly #last = new Map<AccountId, Promise<unknown>>()

  constructor(parts: SlotChangesParts) {
    this.#parts = parts
  }

  /** Runs `work` alone, with a root secret that stays even if the account is locked meanwhile. */
  async exclusively<T>(account: AccountId, root: RootSecret, work: (change: SlotChange) => Promise<T>): Promise<T> {
    const copy = root.copy()
    const before = this.#last.get(account) ?? Promise.resolve()
    const run = before.then(async () => {
      using own = copy
      using reader = this.#parts.reader(account)
      return await work({ log: this.#parts.log(account), reader, clock: this.#parts.clock, root: own })
    })
    const settled = run.then(
      () => undefined,
      () => undefined,
    )
    this.#last.set(account, settled)
    try {
      return await run
    } finally {
      if (this.#last.get(account) === settled) this.#last.delete(account)
    }
  }
}
