// One at a time for each segment: its parity is made, it is repaired, payloads are dropped from it. Each of these replaces a file of which another may be
// the ground.

import type { AccountId, Seq } from '#base/ids.ts'

export class SegmentLock {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs the work when nobody else works on the segment. */
  hold<T>(account: AccountId, segment: Seq, work: () => Promise<T>): Promise<T> {
    const key = `${account}/${segment}`
    const before = this.#last.get(key) ?? Promise.resolve()
    const done = before.then(work, work)
    const over = done
      .catch(() => undefined)
      .then(() => {
        if (this.#last.get(key) === over) this.#last.delete(key)
      })
    this.#last.set(key, over)
    return done
  }
}
