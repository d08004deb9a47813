// Who is told of an account's new records, in order, and when they can be read in segments. Each is told in a turn of its own, so that
// no listener can come between the ledger's steps.

import type { AccountId } from '#base/ids.ts'
import type { CommittedRecord } from './group.ts'

export interface Watcher {
  /** Records that are durable now, in order and without gaps since the watch began. */
  committed?(records: readonly CommittedRecord[]): void
  /** All records before `size` are in segments now. */
  settled?(size: number): void
}

export class Watchers {
  readonly #watchers = new Map<AccountId, Set<Watcher>>()

  add(account: AccountId, watcher: Watcher): Disposable {
    const ofAccount = this.#watchers.get(account) ?? new Set<Watcher>()
    this.#watchers.set(account, ofAccount)
    ofAccount.add(watcher)
    return {
      [Symbol.dispose]: () => {
        ofAccount.delete(watcher)
        if (ofAccount.size === 0 && this.#watchers.get(account) === ofAccount) this.#watchers.delete(account)
      },
    }
  }

  committed(account: AccountId, records: readonly CommittedRecord[]): void {
    this.#tell(account, (watcher) => watcher.committed?.(records))
  }

  settled(account: AccountId, size: number): void {
    this.#tell(account, (watcher) => watcher.settled?.(size))
  }

  #tell(account: AccountId, what: (watcher: Watcher) => void): void {
    const ofAccount = this.#watchers.get(account)
    if (ofAccount === undefined) return
    for (const watcher of ofAccount) {
      queueMicrotask(() => {
        if (ofAccount.has(watcher)) what(watcher)
      })
    }
  }
}
