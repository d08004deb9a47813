// A message that is sealed and about to be appended. What the log needs of it was made first; what the index keeps is derived while the ledger makes it
// durable, from the plaintext, which is kept for that and wiped then.

import { wipe } from '#base/bytes.ts'
import type { MainHeader } from '#message/main-header.ts'
import type { Part } from '#message/part.ts'
import { type Clock, yieldToEventLoop } from '#platform/clock.ts'
import type { StagedRecord } from './account-log.ts'
import type { PayloadKey } from './content-store.ts'
import { type Derived, deriveInSteps } from './derive.ts'
import { Slices } from './turns.ts'

export interface SealedParts {
  readonly payload: Uint8Array | StagedRecord
  /** Inline. */
  readonly payloadBytes: number
  /** Wiped with the message. */
  readonly key: PayloadKey
  /** Wiped as soon as it is not needed. */
  readonly plaintext: Buffer
  readonly part: Part
  readonly header: MainHeader
  /** What joins it to a thread. */
  readonly threadHashes: readonly number[]
}

export class SealedMessage {
  readonly payload: SealedParts['payload']
  readonly payloadBytes: number
  readonly key: PayloadKey
  readonly threadHashes: readonly number[]
  readonly #parts: SealedParts
  readonly #clock: Clock
  #derived: Promise<Derived> | null = null

  constructor(parts: SealedParts, clock: Clock) {
    this.payload = parts.payload
    this.payloadBytes = parts.payloadBytes
    this.key = parts.key
    this.threadHashes = parts.threadHashes
    this.#parts = parts
    this.#clock = clock
  }

  /** What was sent before has left when it begins. Asked again, as for an append that is tried again, it is the same. */
  derive(): Promise<Derived> {
    this.#derived ??= this.#derive()
    return this.#derived
  }

  /** When it is in the index, or will be nowhere. */
  discard(): void {
    wipe(this.key.key)
    if (!(this.payload instanceof Uint8Array)) this.payload.discard()
    if (this.#derived === null) wipe(this.#parts.plaintext)
  }

  async #derive(): Promise<Derived> {
    const { plaintext, part, header, threadHashes } = this.#parts
    try {
      await yieldToEventLoop()
      return await new Slices(this.#clock).run(deriveInSteps(plaintext, part, header, threadHashes))
    } finally {
      wipe(plaintext)
    }
  }
}
