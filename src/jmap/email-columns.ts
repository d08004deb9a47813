// Received dates and threads of e-mails, at the speed of memory. Neither ever changes, and they are kept for e-mails that have ended: that is what
// tells where one stood in an order, and which thread has lost one.

import type { Account } from '#account/account.ts'

const SHIFT = 12
const ROWS = 1 << SHIFT
const MASK = ROWS - 1

interface Chunk {
  readonly dates: Float64Array
  /** 0 for an e-mail that was never met. */
  readonly threads: Uint32Array
}

export class EmailColumns {
  readonly #account: Account
  readonly #chunks: (Chunk | undefined)[] = []

  constructor(account: Account) {
    this.#account = account
  }

  /** Makes sure that those of them that are there are known. */
  learn(ids: ArrayLike<number>): void {
    const unknown: number[] = []
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at] as number
      if (this.thread(id) === 0) unknown.push(id)
    }
    if (unknown.length === 0) return
    const dates = this.#account.internalDates(unknown)
    const threads = this.#account.threads(unknown)
    for (const [at, id] of unknown.entries()) {
      const number = id >>> SHIFT
      const chunk = (this.#chunks[number] ??= { dates: new Float64Array(ROWS), threads: new Uint32Array(ROWS) })
      chunk.dates[id & MASK] = dates[at] as number
      chunk.threads[id & MASK] = threads[at] as number
    }
  }

  /** 0 for an e-mail that was never met. */
  thread(id: number): number {
    return this.#chunks[id >>> SHIFT]?.threads[id & MASK] ?? 0
  }

  date(id: number): number {
    return this.#chunks[id >>> SHIFT]?.dates[id & MASK] ?? 0
  }

  /** The order by receivedAt, oldest first; of two with one date the older id. */
  readonly compareDates = (a: number, b: number): number => this.date(a) - this.date(b) || a - b
}
