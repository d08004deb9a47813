// An account's log straight over a ledger in the same process: for programs that are the ledger's only user, and for tests. A vault has
// its own, over the ledger process's socket.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Ledger } from '#ledger/ledger.ts'
import { StagedPayload } from '#ledger/staging.ts'
import type { AccountLog, AppendedRecords, LogEntry, LogWatch, NewRecord, StagedRecord } from './account-log.ts'

export class LedgerLog implements AccountLog {
  readonly #ledger: Ledger
  readonly #account: AccountId

  constructor(ledger: Ledger, account: AccountId) {
    this.#ledger = ledger
    this.#account = account
  }

  append(records: readonly NewRecord[]): Promise<AppendedRecords> {
    return this.#ledger.append(
      this.#account,
      records.map(({ kind, payload }) => {
        if (payload instanceof Uint8Array || payload instanceof StagedPayload) return { kind, payload }
        throw new TypeError('a payload that another log staged')
      }),
    )
  }

  stage(): StagedRecord {
    return this.#ledger.stage(this.#account)
  }

  watch(listener: (entries: readonly LogEntry[]) => void): Promise<LogWatch> {
    /** Committed, but not yet where they can be read. */
    let waiting: LogEntry[] = []
    const size = this.#ledger.size(this.#account)
    const watch = this.#ledger.watch(
      this.#account,
      (records) => {
        waiting.push(...records)
      },
      (settled) => {
        const readable = waiting.filter(({ header }) => header.seq < settled)
        waiting = waiting.slice(readable.length)
        if (readable.length > 0) listener(readable)
      },
    )
    return Promise.resolve({ size, [Symbol.dispose]: () => watch[Symbol.dispose]() })
  }

  settled(seq: Seq): Promise<void> {
    if (seq < this.#ledger.settledSize(this.#account)) return Promise.resolve()
    return new Promise((resolve) => {
      const watch = this.#ledger.watch(
        this.#account,
        () => undefined,
        (size) => {
          if (seq >= size) return
          watch[Symbol.dispose]()
          resolve()
        },
      )
    })
  }
}
