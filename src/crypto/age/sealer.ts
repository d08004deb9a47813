// Sealing to an age file as the plaintext comes, in memory of one chunk. What is returned, joined, is the file; its length
// depends on nothing but the plaintext's (`sealedLength`).
//
// A sealer is disposed whether or not it was finished: its key and what plaintext it still holds are overwritten then. A file
// that was not finished does not open.

import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import { TAG_LENGTH } from './chacha.ts'
import type { Recipient } from './recipient.ts'
import { type SealedStart, sealStart } from './seal.ts'
import { CHUNK_LENGTH, sealChunkInto } from './stream.ts'

export class AgeSealer implements Disposable {
  readonly #recipients: readonly Recipient[]
  #state: 'new' | 'started' | 'ended' = 'new'
  #payloadKey: Buffer | null = null
  /** Plaintext that is not yet a chunk, or one that may be the last. Allocated when there is such a piece. */
  #pending: Buffer | null = null
  #pendingLength = 0
  #chunks = 0

  constructor(recipients: readonly Recipient[]) {
    this.#recipients = recipients
  }

  /** What opens the payload, once started. Wiped with the sealer: copy what must live longer. */
  get payloadKey(): Buffer {
    assert(this.#payloadKey !== null, 'the sealer has no key')
    return this.#payloadKey
  }

  /** What the file begins with: `begun`, whose key is the sealer's then, or a new one. Once, before all else. Throws as `sealAge`. */
  start(begun: SealedStart = sealStart(this.#recipients)): Buffer {
    assert(this.#state === 'new', 'a sealer starts once')
    const { start, payloadKey } = begun
    this.#payloadKey = payloadKey
    this.#state = 'started'
    return start
  }

  /** Sealed chunks that are certain now, often none. `plaintext` may be wiped afterwards. */
  push(plaintext: Uint8Array): Buffer[] {
    assert(this.#state === 'started', 'the sealer is not open')
    const sealed: Buffer[] = []
    let at = 0
    // A full chunk waits until more follows, for it may be the last.
    while (plaintext.length - at > CHUNK_LENGTH - this.#pendingLength) {
      if (this.#pending === null || this.#pendingLength === 0) {
        sealed.push(this.#sealChunk(plaintext.subarray(at, at + CHUNK_LENGTH), false))
        at += CHUNK_LENGTH
      } else {
        const missing = CHUNK_LENGTH - this.#pendingLength
        this.#pending.set(plaintext.subarray(at, at + missing), this.#pendingLength)
        this.#pendingLength = CHUNK_LENGTH
        at += missing
        sealed.push(this.#sealChunk(this.#pending, false))
        this.#clearPending()
      }
    }
    if (at < plaintext.length) {
      this.#pending ??= Buffer.allocUnsafeSlow(CHUNK_LENGTH)
      this.#pending.set(plaintext.subarray(at), this.#pendingLength)
      this.#pendingLength += plaintext.length - at
    }
    return sealed
  }

  /** The rest of the file. */
  finish(): Buffer[] {
    assert(this.#state === 'started', 'the sealer is not open')
    this.#state = 'ended'
    const rest = this.#pending?.subarray(0, this.#pendingLength) ?? Buffer.alloc(0)
    const sealed = this.#sealChunk(rest, true)
    this.#clearPending()
    return [sealed]
  }

  [Symbol.dispose](): void {
    this.#state = 'ended'
    this.#clearPending()
    this.#pending = null
    wipe(this.#payloadKey)
    this.#payloadKey = null
  }

  #sealChunk(plaintext: Uint8Array, last: boolean): Buffer {
    const sealed = Buffer.allocUnsafe(plaintext.length + TAG_LENGTH)
    sealChunkInto(sealed, 0, this.payloadKey, this.#chunks++, last, plaintext)
    return sealed
  }

  #clearPending(): void {
    this.#pending?.fill(0, 0, this.#pendingLength)
    this.#pendingLength = 0
  }
}
