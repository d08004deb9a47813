// How often may be asked what anybody may ask: a rate for each network, and one for all of them together, so that whoever has many addresses takes no
// more than that of this server either. Both let through a burst first (the generic cell rate algorithm: one number for each network). What is kept is
// bounded; what is forgotten first is what was used least lately.

import type { Clock } from '#platform/clock.ts'

/** One program that is set up asks some ten times; a company behind one address sets up many. */
const NETWORK = { everyMs: 2_000, burst: 60 }
const ALL = { everyMs: 20, burst: 500 }
const NETWORKS_MAX = 10_000

interface Rate {
  readonly everyMs: number
  readonly burst: number
}

export class RequestRate {
  readonly #clock: Clock
  /** When what was asked so far would be over, at an even pace. */
  readonly #due = new Map<string, number>()
  #allDue = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** False: too often. `network` is null for this machine itself, behind which a proxy may stand for many. */
  take(network: string | null): boolean {
    const now = this.#clock.monotonic()
    const allDue = nextDue(this.#allDue, now, ALL)
    if (allDue === null) return false
    if (network !== null) {
      const due = nextDue(this.#due.get(network) ?? 0, now, NETWORK)
      if (due === null) return false
      this.#due.delete(network)
      this.#due.set(network, due)
      if (this.#due.size > NETWORKS_MAX) this.#due.delete(this.#due.keys().next().value as string)
    }
    this.#allDue = allDue
    return true
  }
}

/** Null: not yet. */
function nextDue(due: number, now: number, { everyMs, burst }: Rate): number | null {
  const next = Math.max(due, now) + everyMs
  return next - now > burst * everyMs ? null : next
}
