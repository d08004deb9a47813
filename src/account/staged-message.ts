// A message on its way into the log from a client (APPEND, JMAP's import, a copy of what was sent). A short one waits in memory and is
// sealed when it is committed; a long one is sealed as it comes, straight into the ledger. Either way its plaintext is kept until
// the commit, because what the index keeps is derived from it, and wiped then. What the sealed file begins with, which takes longer than
// the rest of a short one, is made while the client is still to send the message.

import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import type { Recipient } from '#crypto/age/recipient.ts'
import { AgeSealer } from '#crypto/age/sealer.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import { parseInSteps } from '#message/parse.ts'
import { type Clock, yieldToEventLoop } from '#platform/clock.ts'
import { type AccountLog, INLINE_BYTES_MAX, type StagedRecord } from './account-log.ts'
import { CommitRefusedError, type StagedMessage } from './account.ts'
import type { PayloadKey } from './content-store.ts'
import { type Derived, deriveInSteps } from './derive.ts'
import { Slices } from './turns.ts'

const CAPACITY_MIN = 16 * 1024
/** Sealed, this is the most that one append takes inline. */
export const SHORT_BYTES_MAX = INLINE_BYTES_MAX - 8192
const MESSAGE_BYTES_MAX = 512 * 1024 * 1024

/** A message as the committer needs it. */
export interface SealedMessage {
  readonly payload: Uint8Array | StagedRecord
  readonly payloadBytes: number
  readonly key: PayloadKey
  readonly derived: Derived
}

export class Staging implements StagedMessage {
  readonly #log: AccountLog
  readonly #clock: Clock
  readonly #sealer: AgeSealer
  /** What the sealed file begins with; null as long as the sealer was not started. */
  #fileStart: Buffer | null = null
  #plaintext: Buffer
  #length = 0
  /** In the ledger, if it is a long one. */
  #record: StagedRecord | null = null
  #state: 'open' | 'sealed' | 'gone' = 'open'

  /** `sizeBytes` as the client announced it, or null. */
  constructor(log: AccountLog, recipient: Recipient, clock: Clock, sizeBytes: number | null) {
    this.#log = log
    this.#clock = clock
    this.#sealer = new AgeSealer([recipient])
    void yieldToEventLoop().then(() => this.#state === 'open' && this.#start())
    const announced = Math.min(sizeBytes ?? CAPACITY_MIN, MESSAGE_BYTES_MAX)
    this.#plaintext = Buffer.allocUnsafeSlow(Math.max(announced, 1))
  }

  get sizeBytes(): number {
    return this.#length
  }

  /** Throws CommitRefusedError; what was written is then of no use. */
  async write(chunk: Uint8Array): Promise<void> {
    assert(this.#state === 'open', 'a message is written before it is committed')
    if (this.#length + chunk.length > MESSAGE_BYTES_MAX) throw new CommitRefusedError('tooLarge')
    try {
      await this.#write(chunk)
    } catch (error) {
      throw error instanceof LedgerRefusedError ? new CommitRefusedError(error.reason, { cause: error }) : error
    }
  }

  async #write(chunk: Uint8Array): Promise<void> {
    const before = this.#length
    this.#append(chunk)
    if (this.#record !== null) await this.#push(this.#record, chunk)
    else if (this.#length > SHORT_BYTES_MAX) {
      this.#record = this.#log.stage()
      await this.#record.write(this.#start())
      if (before > 0) await this.#push(this.#record, this.#plaintext.subarray(0, before))
      await this.#push(this.#record, chunk)
    }
  }

  /** Once. The plaintext is wiped; the result belongs to the caller. */
  async seal(): Promise<SealedMessage> {
    assert(this.#state === 'open', 'a message is committed once')
    this.#state = 'sealed'
    const plaintext = this.#plaintext.subarray(0, this.#length)
    try {
      const slices = new Slices(this.#clock)
      const derived = await slices.run(deriveInSteps(plaintext, await slices.run(parseInSteps(plaintext))))
      if (this.#record === null) return { ...this.#sealShort(plaintext), derived }
      for (const piece of this.#sealer.finish()) await this.#record.write(piece)
      await this.#record.finish()
      return { payload: this.#record, payloadBytes: 0, key: this.#key(), derived }
    } catch (error) {
      this.#record?.discard()
      throw error
    } finally {
      this.#sealer[Symbol.dispose]()
      wipe(this.#plaintext)
    }
  }

  [Symbol.dispose](): void {
    if (this.#state === 'open') {
      this.#sealer[Symbol.dispose]()
      this.#record?.discard()
      wipe(this.#plaintext)
    }
    this.#state = 'gone'
  }

  #start(): Buffer {
    return (this.#fileStart ??= this.#sealer.start())
  }

  #sealShort(plaintext: Buffer): Pick<SealedMessage, 'payload' | 'payloadBytes' | 'key'> {
    const payload = Buffer.concat([this.#start(), ...this.#sealer.push(plaintext), ...this.#sealer.finish()])
    return { payload, payloadBytes: payload.length, key: this.#key() }
  }

  /** A copy: the sealer's own is wiped with it. */
  #key(): PayloadKey {
    return { key: Buffer.from(this.#sealer.payloadKey), offset: this.#start().length }
  }

  async #push(record: StagedRecord, plaintext: Uint8Array): Promise<void> {
    for (const piece of this.#sealer.push(plaintext)) await record.write(piece)
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length
    if (needed > this.#plaintext.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.#plaintext.length * 2), MESSAGE_BYTES_MAX))
      this.#plaintext.copy(grown, 0, 0, this.#length)
      wipe(this.#plaintext)
      this.#plaintext = grown
    }
    this.#plaintext.set(chunk, this.#length)
    this.#length = needed
  }
}
