// Challenges that were given out: each for one ceremony and a few minutes, and so many at a time. What is over the bound of whoever asked takes the place of
// their own oldest; what is over the bound of all, of the oldest of all.

import { randomBytes } from '#crypto/random.ts'
import type { Clock } from '#platform/clock.ts'

const CHALLENGE_BYTES = 32

const LIFETIME_MS = 5 * 60_000
const PER_HOLDER_MAX = 256
const MAX = 20_000

interface Issued {
  readonly holder: string
  /** By the monotonic clock. */
  readonly endMs: number
}

export interface Taken {
  /** Who it was given to. */
  readonly holder: string
  /** Nothing was decided by it: it can be used once more, within its time. */
  giveBack(): void
}

export class Challenges {
  readonly #clock: Clock
  /** The oldest first. */
  readonly #issued = new Map<string, Issued>()
  readonly #ofHolder = new Map<string, Set<string>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** 32 random bytes. */
  issue(holder: string): Buffer {
    this.#dropOver()
    const own = this.#ofHolder.get(holder)
    if (own !== undefined && own.size >= PER_HOLDER_MAX) this.#drop(own.values().next().value as string)
    if (this.#issued.size >= MAX) this.#drop(this.#issued.keys().next().value as string)
    const challenge = randomBytes(CHALLENGE_BYTES)
    this.#keep(keyOf(challenge), { holder, endMs: this.#clock.monotonic() + LIFETIME_MS })
    return challenge
  }

  /** It is spent. Null if it was never given out, is spent already, or its time is over. */
  take(challenge: Uint8Array): Taken | null {
    const key = keyOf(challenge)
    const issued = this.#issued.get(key)
    if (issued === undefined) return null
    this.#drop(key)
    if (this.#clock.monotonic() >= issued.endMs) return null
    return { holder: issued.holder, giveBack: () => this.#keep(key, issued) }
  }

  #keep(key: string, issued: Issued): void {
    this.#issued.set(key, issued)
    const own = this.#ofHolder.get(issued.holder)
    if (own === undefined) this.#ofHolder.set(issued.holder, new Set([key]))
    else own.add(key)
  }

  #drop(key: string): void {
    const holder = this.#issued.get(key)?.holder
    this.#issued.delete(key)
    if (holder === undefined) return
    const own = this.#ofHolder.get(holder)
    own?.delete(key)
    if (own?.size === 0) this.#ofHolder.delete(holder)
  }

  #dropOver(): void {
    const now = this.#clock.monotonic()
    for (const [key, { endMs }] of this.#issued) {
      if (now < endMs) return
      this.#drop(key)
    }
  }
}

function keyOf(challenge: Uint8Array): string {
  return Buffer.from(challenge).toString('base64')
}
