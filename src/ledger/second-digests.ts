// The stronger digests of a verification, which take longer than all the rest of it: computed beside it, by another thread if there is one. Payloads are gathered,
// so that one question is about many of them; what is gathered and not answered is bounded.
//
// A thread that fails is a thread less: what it was asked is computed here.

import { sha512 } from '#crypto/hash.ts'

/** SHA-512 of pieces that lie one after the other in `bytes`: 64 bytes for each. */
export type HashElsewhere = (bytes: Uint8Array, lengths: readonly number[]) => Promise<Uint8Array>

const BATCH_BYTES = 1024 * 1024
const BATCHES_MAX = 3
const DIGEST_BYTES = 64
const NOTHING = Buffer.alloc(0)

interface Expected {
  readonly length: number
  readonly digest: Buffer
  /** Told whether it has the digest. */
  readonly told: (isRight: boolean) => void
}

export class SecondDigests {
  readonly #elsewhere: HashElsewhere | null
  /** Where payloads are gathered; and such that were answered, to be used again: to get as much memory anew takes longer than to fill it. */
  #bytes: Buffer = NOTHING
  readonly #free: Buffer[] = []
  #filled = 0
  #expected: Expected[] = []
  readonly #asked = new Set<Promise<void>>()

  /** Null: all is computed here, at once. */
  constructor(elsewhere: HashElsewhere | null) {
    this.#elsewhere = elsewhere
  }

  /** `payload` is copied, if need be. `told` is called before `settled` resolves. */
  check(payload: Buffer, digest: Buffer, told: (isRight: boolean) => void): void {
    const { length } = payload
    if (this.#elsewhere === null || length > BATCH_BYTES) return told(sha512(payload).equals(digest))
    if (this.#filled + length > this.#bytes.length) this.#ask()
    if (this.#bytes === NOTHING) this.#bytes = this.#free.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES)
    payload.copy(this.#bytes, this.#filled)
    this.#filled += length
    this.#expected.push({ length, digest, told })
  }

  /** Resolves when more can be taken. */
  async room(): Promise<void> {
    while (this.#asked.size >= BATCHES_MAX) await Promise.race(this.#asked)
  }

  /** Resolves when everything has been told. */
  async settled(): Promise<void> {
    this.#ask()
    await Promise.all(this.#asked)
  }

  #ask(): void {
    if (this.#expected.length === 0) return
    const [block, expected] = [this.#bytes, this.#expected]
    const bytes = block.subarray(0, this.#filled)
    this.#bytes = NOTHING
    this.#filled = 0
    this.#expected = []
    const asked: Promise<void> = this.#answer(bytes, expected).finally(() => {
      this.#asked.delete(asked)
      this.#free.push(block)
    })
    this.#asked.add(asked)
  }

  async #answer(bytes: Buffer, expected: readonly Expected[]): Promise<void> {
    const lengths = expected.map(({ length }) => length)
    const digests = await this.#elsewhere?.(bytes, lengths).catch(() => null)
    const known =
      digests?.length === lengths.length * DIGEST_BYTES ? Buffer.from(digests) : sha512OfEach(bytes, lengths)
    for (const [at, { digest, told }] of expected.entries()) {
      told(digest.equals(known.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES)))
    }
  }
}

/** What a `HashElsewhere` does. */
export function sha512OfEach(bytes: Uint8Array, lengths: readonly number[]): Buffer {
  let at = 0
  return Buffer.concat(lengths.map((length) => sha512(bytes.subarray(at, (at += length)))))
}
