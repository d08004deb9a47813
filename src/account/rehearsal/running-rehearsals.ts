// Rehearsals of an account that is open: they end when it is closed, and it is closed when they have ended.

import { rehearse } from './rehearse.ts'
import type { RehearsalOutcome, RehearsedAccount, RehearseOptions } from './rehearse-options.ts'

/** The account is needed closed. */
export class AccountClosingError extends Error {
  override name = 'AccountClosingError'
}

export class RunningRehearsals {
  readonly #account: RehearsedAccount
  readonly #end = new AbortController()
  readonly #running = new Set<Promise<unknown>>()

  constructor(account: RehearsedAccount) {
    this.#account = account
  }

  /** Throws as `rehearse`, and AccountClosingError. */
  async run(options: RehearseOptions): Promise<RehearsalOutcome> {
    const signal = AbortSignal.any([this.#end.signal, options.signal])
    const outcome = rehearse(this.#account, { ...options, signal })
    const over = outcome.catch(() => undefined)
    this.#running.add(over)
    try {
      return await outcome
    } finally {
      this.#running.delete(over)
    }
  }

  async stop(): Promise<void> {
    this.#end.abort(new AccountClosingError('the account is being closed'))
    await Promise.all(this.#running)
  }
}
