// Where mail for an address goes, remembered for a moment: many messages in a row are for the same few addresses, and each would ask the
// directory again. What an administrator changes takes effect that much later, which is no more than it takes between RCPT and the end of the
// message. What is not there is not remembered: a new account gets mail at once.

import { type Clock, systemClock } from '#platform/clock.ts'
import type { DirectoryClient, Resolved } from './directory-client.ts'

const REMEMBERED_MS = 1_000
const ADDRESSES_MAX = 1_000

interface Remembered {
  readonly resolved: Resolved
  readonly until: number
}

export class RecentlyResolved {
  readonly #directory: Pick<DirectoryClient, 'resolve'>
  readonly #clock: Clock
  /** The oldest first. */
  readonly #known = new Map<string, Remembered>()

  constructor(directory: Pick<DirectoryClient, 'resolve'>, clock: Clock = systemClock) {
    this.#directory = directory
    this.#clock = clock
  }

  /** As `DirectoryClient.resolve`. */
  resolve(address: string): Resolved | Promise<Resolved | null> {
    const known = this.#known.get(address)
    if (known !== undefined && known.until > this.#clock.monotonic()) return known.resolved
    return this.#ask(address)
  }

  async #ask(address: string): Promise<Resolved | null> {
    const resolved = await this.#directory.resolve(address)
    this.#known.delete(address)
    if (resolved?.kind !== 'accounts') return resolved
    this.#forgetOld()
    this.#known.set(address, { resolved, until: this.#clock.monotonic() + REMEMBERED_MS })
    return resolved
  }

  #forgetOld(): void {
    const now = this.#clock.monotonic()
    for (const [address, { until }] of this.#known) {
      if (until > now && this.#known.size < ADDRESSES_MAX) return
      this.#known.delete(address)
    }
  }
}
