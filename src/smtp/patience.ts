// How long a client may take, whatever it sends meanwhile: a time-out on silence alone can be stretched for ever by a byte now and then.
//
// Only the time counts in which it is the client's turn, not that in which we are busy.

import type { SmtpLimits } from './limits.ts'

export class Patience {
  readonly #limits: SmtpLimits
  #pausedAt: number
  #waitedMs = 0
  #contentBytes = 0
  #allowedMs = 0

  constructor(limits: SmtpLimits, nowMs: number) {
    this.#limits = limits
    this.#pausedAt = nowMs
  }

  /** It is the client's turn. */
  pause(nowMs: number): void {
    this.#pausedAt = nowMs
  }

  /** It has sent `bytes`. */
  resume(nowMs: number, isContent: boolean, bytes: number): void {
    this.#waitedMs += nowMs - this.#pausedAt
    if (!isContent) {
      this.#allowedMs = this.#limits.commandTimeoutMs
      return
    }
    const { contentGraceMs, contentBytesPerSecondMin } = this.#limits
    this.#contentBytes += bytes
    this.#allowedMs = contentGraceMs + (this.#contentBytes / contentBytesPerSecondMin) * 1_000
  }

  get isExhausted(): boolean {
    return this.#waitedMs > this.#allowedMs
  }

  /** Something is finished: a command, or a message. */
  renew(): void {
    this.#waitedMs = 0
    this.#contentBytes = 0
  }
}
