// How long an attempt to log in has to wait before its password is looked at. Waiting grows with failures, in three ways at once:
//
// - of one address (IPv6: one /64), whoever's name it tries;
// - of one name from one address;
// - of one name from addresses that have not succeeded with it before, all together, but never for long: a stranger who goes on failing with
//   somebody's name must not lock its owner out, who waits at most `STRANGERS_MAX_MS` from a new place and not at all from a known one.
//
// An attempt takes its turn: attempts in parallel wait for each other, so that opening many connections gains nothing. One that would have to wait
// for too long is sent away at once. Names are kept as keyed hashes, and everything is bounded; what is forgotten first is what is oldest.

import { hmacSha256 } from '#crypto/hkdf.ts'
import { randomBytes } from '#crypto/random.ts'
import type { Clock } from '#platform/clock.ts'

/** The first failures cost nothing: people mistype. */
const FREE_FAILURES = 2
const FIRST_MS = 500
const ADDRESS_MAX_MS = 30_000
const STRANGERS_MAX_MS = 3_000
/** Who would wait longer is sent away. */
const WAIT_MAX_MS = 60_000
/** Failures are forgotten after such a time without any. */
const FORGET_MS = 15 * 60_000
const COUNTERS_MAX = 50_000
const KNOWN_PLACES_MAX = 50_000

interface Counter {
  failures: number
  /** When the next attempt may be looked at, by the monotonic clock. */
  nextMs: number
  lastMs: number
}

export interface Attempt {
  /** To be waited before the password is looked at; null: not now at all. */
  readonly waitMs: number | null
  succeeded(): void
  failed(): void
}

export class LoginThrottle {
  readonly #clock: Clock
  readonly #key = randomBytes(32)
  readonly #counters = new Map<string, Counter>()
  readonly #known = new Set<string>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `network` is the address, or what addresses of one customer have in common. */
  attempt(name: Uint8Array, network: string): Attempt {
    const who = hmacSha256(this.#key, name).toString('base64')
    const place = `${who} ${network}`
    const isKnown = this.#known.has(place)
    const limits: { readonly key: string; readonly maxMs: number }[] = [
      { key: `address ${network}`, maxMs: ADDRESS_MAX_MS },
      { key: `place ${place}`, maxMs: ADDRESS_MAX_MS },
      ...(isKnown ? [] : [{ key: `strangers ${who}`, maxMs: STRANGERS_MAX_MS }]),
    ]
    const now = this.#clock.monotonic()
    const waits = limits.map(({ key }) => Math.max(0, (this.#recent(key, now)?.nextMs ?? 0) - now))
    const waitMs = Math.max(...waits)
    if (waitMs > WAIT_MAX_MS) return { waitMs: null, succeeded: () => undefined, failed: () => undefined }
    // Its turn is taken: who comes next waits for it.
    for (const { key, maxMs } of limits) {
      const counter = this.#recent(key, now)
      if (counter !== null) counter.nextMs = now + waitMs + delayAfter(counter.failures, maxMs)
    }
    return {
      waitMs,
      succeeded: () => {
        for (const { key } of limits) this.#counters.delete(key)
        remember(this.#known, place, KNOWN_PLACES_MAX)
      },
      failed: () => {
        for (const { key, maxMs } of limits) this.#fail(key, maxMs)
      },
    }
  }

  #recent(key: string, now: number): Counter | null {
    const counter = this.#counters.get(key)
    if (counter === undefined) return null
    if (now - counter.lastMs <= FORGET_MS) return counter
    this.#counters.delete(key)
    return null
  }

  #fail(key: string, maxMs: number): void {
    const now = this.#clock.monotonic()
    const counter = this.#recent(key, now) ?? { failures: 0, nextMs: 0, lastMs: now }
    counter.failures++
    counter.lastMs = now
    counter.nextMs = Math.max(counter.nextMs, now + delayAfter(counter.failures, maxMs))
    // The order of the map is that of the last failure.
    this.#counters.delete(key)
    this.#counters.set(key, counter)
    if (this.#counters.size > COUNTERS_MAX) this.#counters.delete(this.#counters.keys().next().value as string)
  }
}

function delayAfter(failures: number, maxMs: number): number {
  if (failures <= FREE_FAILURES) return 0
  return Math.min(maxMs, FIRST_MS * 2 ** Math.min(failures - FREE_FAILURES - 1, 20))
}

function remember(set: Set<string>, value: string, max: number): void {
  set.delete(value)
  set.add(value)
  if (set.size > max) set.delete(set.values().next().value as string)
}
