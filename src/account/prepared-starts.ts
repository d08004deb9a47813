// Beginnings of sealed files that are made before their messages have come. A beginning (header, nonce and payload key) depends on the
// recipient alone, and is most of the work of sealing a short message: made while the process waits for the client or the ledger, it is not
// waited for; of several made in a row, each costs half.
//
// One is prepared when a recipient is named. For a recipient who gets many messages one after the other more are kept, as many as there were
// messages shortly before, so that at most half of all are made in vain. They are made after a message was sealed, while the ledger makes it durable.
//
// Invariants: a beginning is given away once, or its key is wiped. What is kept is bounded, and wiped `KEPT_MS` to twice that after the last use
// of its recipient.

import { wipe } from '#base/bytes.ts'
import type { Recipient } from '#crypto/age/recipient.ts'
import { type SealedStart, sealStart } from '#crypto/age/seal.ts'
import { type Clock, type Timer, systemClock, yieldToEventLoop } from '#platform/clock.ts'

const PER_RECIPIENT_MAX = 8
/** Each has 1.7 KB. */
const KEPT_MAX = 256
const KEPT_MS = 1_000
/** Made in a row: about a millisecond, for which others wait. */
const BATCH = 4

/** Where beginnings come from. */
export interface Starts {
  /** Nobody else gets it. The caller wipes its key. */
  take(recipient: Recipient): SealedStart
}

/** Made when it is asked for. */
export const newStarts: Starts = { take: (recipient) => sealStart([recipient]) }

interface Stock {
  readonly starts: SealedStart[]
  /** Messages since the recipient has a stock. */
  messages: number
  usedMs: number
}

export class PreparedStarts implements Starts, Disposable {
  readonly #clock: Clock
  readonly #pause: () => Promise<void>
  readonly #stocks = new Map<Recipient, Stock>()
  /** Those that are to be filled up. */
  readonly #wanting = new Set<Recipient>()
  #kept = 0
  #isPreparing = false
  #sweep: Timer | null = null

  constructor(clock: Clock = systemClock, pause: () => Promise<void> = yieldToEventLoop) {
    this.#clock = clock
    this.#pause = pause
  }

  /** How many are kept. */
  get kept(): number {
    return this.#kept
  }

  /** A message for the recipient may come soon. */
  expect(recipient: Recipient): void {
    const stock = this.#stockOf(recipient)
    if (stock.starts.length === 0) this.#want(recipient)
  }

  take(recipient: Recipient): SealedStart {
    const stock = this.#stockOf(recipient)
    const start = stock.starts.pop()
    if (start !== undefined) this.#kept--
    stock.messages++
    // The first message is no sign of a second.
    if (stock.messages > 1 && stock.starts.length <= wantedOf(stock) / 2) this.#want(recipient)
    return start ?? sealStart([recipient])
  }

  [Symbol.dispose](): void {
    this.#drop(() => true)
    this.#wanting.clear()
    this.#sweep?.cancel()
    this.#sweep = null
  }

  #stockOf(recipient: Recipient): Stock {
    const usedMs = this.#clock.monotonic()
    const known = this.#stocks.get(recipient)
    if (known !== undefined) {
      known.usedMs = usedMs
      return known
    }
    const stock = { starts: [], messages: 0, usedMs }
    this.#stocks.set(recipient, stock)
    this.#sweep ??= this.#sweepLater()
    return stock
  }

  #want(recipient: Recipient): void {
    this.#wanting.add(recipient)
    if (!this.#isPreparing) void this.#prepare()
  }

  async #prepare(): Promise<void> {
    this.#isPreparing = true
    // What is being written in this round of the event loop, and in answer to it, leaves first.
    await this.#pause()
    await this.#pause()
    while (this.#wanting.size > 0) {
      this.#prepareSome()
      await this.#pause()
    }
    this.#isPreparing = false
  }

  #prepareSome(): void {
    let made = 0
    for (const recipient of this.#wanting) {
      if (made === BATCH) return
      this.#wanting.delete(recipient)
      const stock = this.#stocks.get(recipient)
      if (stock === undefined) continue
      for (; made < BATCH && stock.starts.length < wantedOf(stock) && this.#kept < KEPT_MAX; made++) {
        stock.starts.push(sealStart([recipient]))
        this.#kept++
      }
    }
  }

  #sweepLater(): Timer {
    return this.#clock.after(KEPT_MS, () => {
      const staleMs = this.#clock.monotonic() - KEPT_MS
      this.#drop(({ usedMs }) => usedMs <= staleMs)
      this.#sweep = this.#stocks.size > 0 ? this.#sweepLater() : null
    })
  }

  #drop(isStale: (stock: Stock) => boolean): void {
    for (const [recipient, stock] of this.#stocks) {
      if (!isStale(stock)) continue
      wipe(...stock.starts.map(({ payloadKey }) => payloadKey))
      this.#kept -= stock.starts.length
      this.#stocks.delete(recipient)
    }
  }
}

/** How many beginnings it is filled up to. */
function wantedOf({ messages }: Stock): number {
  return Math.min(Math.max(messages, 1), PER_RECIPIENT_MAX)
}
