// A message on its way into the log from a client (APPEND, JMAP's import, a copy of what was sent). A short one waits in memory and is
// sealed when it is committed; a long one is sealed as it comes, straight into the ledger. Either way its plaintext is kept until
// the commit, because what the index keeps is derived from it, and wiped then. What the sealed file begins with, which takes longer than
// the rest of a short one, is made ahead (`prepared-starts.ts`).

import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import type { Recipient } from '#crypto/age/recipient.ts'
import { AgeSealer } from '#crypto/age/sealer.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import { MainHeader } from '#message/main-header.ts'
import { parseInSteps } from '#message/parse.ts'
import type { Clock } from '#platform/clock.ts'
import { type AccountLog, INLINE_BYTES_MAX, type StagedRecord } from './account-log.ts'
import { CommitRefusedError, type StagedMessage } from './account.ts'
import type { PayloadKey } from './content-store.ts'
import { threadHashesOfHeader } from './derive.ts'
import type { PreparedStarts } from './prepared-starts.ts'
import { SealedMessage } from './sealed-message.ts'
import { Slices } from './turns.ts'

const CAPACITY_MIN = 16 * 1024
/** Sealed, this is the most that one append takes inline. */
export const SHORT_BYTES_MAX = INLINE_BYTES_MAX - 8192
const MESSAGE_BYTES_MAX = 512 * 1024 * 1024

export interface StagingParts {
  readonly log: AccountLog
  readonly recipient: Recipient
  readonly clock: Clock
  readonly starts: PreparedStarts
}

export class Staging implements StagedMessage {
  readonly #parts: StagingParts
  readonly #sealer: AgeSealer
  /** Of what the sealed file begins with. */
  #startBytes = 0
  #plaintext: Buffer
  #length = 0
  /** In the ledger, if it is a long one. */
  #record: StagedRecord | null = null
  #state: 'open' | 'sealed' | 'gone' = 'open'

  /** `sizeBytes` as the client announced it, or null. */
  constructor(parts: StagingParts, sizeBytes: number | null) {
    this.#parts = parts
    this.#sealer = new AgeSealer([parts.recipient])
    parts.starts.expect(parts.recipient)
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
      this.#record = this.#parts.log.stage()
      await this.#record.write(this.#start())
      if (before > 0) await this.#push(this.#record, this.#plaintext.subarray(0, before))
      await this.#push(this.#record, chunk)
    }
  }

  /** Once. The result belongs to the caller, who discards it. */
  async seal(): Promise<SealedMessage> {
    assert(this.#state === 'open', 'a message is committed once')
    this.#state = 'sealed'
    const plaintext = this.#plaintext.subarray(0, this.#length)
    try {
      const { clock } = this.#parts
      const part = await new Slices(clock).run(parseInSteps(plaintext))
      const header = new MainHeader(plaintext, part)
      const sealed = this.#record === null ? this.#sealShort(plaintext) : await this.#finishLong(this.#record)
      return new SealedMessage(
        { ...sealed, key: this.#key(), plaintext, part, header, threadHashes: threadHashesOfHeader(header) },
        clock,
      )
    } catch (error) {
      this.#record?.discard()
      wipe(plaintext)
      throw error
    } finally {
      this.#sealer[Symbol.dispose]()
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
    const { starts, recipient } = this.#parts
    const start = this.#sealer.start(starts.take(recipient))
    this.#startBytes = start.length
    return start
  }

  #sealShort(plaintext: Buffer): Pick<SealedMessage, 'payload' | 'payloadBytes'> {
    const payload = Buffer.concat([this.#start(), ...this.#sealer.push(plaintext), ...this.#sealer.finish()])
    return { payload, payloadBytes: payload.length }
  }

  async #finishLong(record: StagedRecord): Promise<Pick<SealedMessage, 'payload' | 'payloadBytes'>> {
    for (const piece of this.#sealer.finish()) await record.write(piece)
    await record.finish()
    return { payload: record, payloadBytes: 0 }
  }

  /** A copy: the sealer's own is wiped with it. */
  #key(): PayloadKey {
    return { key: Buffer.from(this.#sealer.payloadKey), offset: this.#startBytes }
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
