// Messages by when they are due, fair between submitters: each has a heap, and they take turns.

import { DueHeap } from './due-heap.ts'

export class DueList<K> {
  readonly #bySubmitter = new Map<string, DueHeap<K>>()

  set(submitter: string, key: K, at: number): void {
    let heap = this.#bySubmitter.get(submitter)
    if (heap === undefined) {
      heap = new DueHeap()
      this.#bySubmitter.set(submitter, heap)
    }
    heap.set(key, at)
  }

  /** When the next one is due of those whose submitter may have a turn; null if there is none. */
  next(mayHaveTurn: (submitter: string) => boolean): number | null {
    let next: number | null = null
    for (const [submitter, heap] of this.#bySubmitter) {
      const at = heap.next
      if (at !== null && (next === null || at < next) && mayHaveTurn(submitter)) next = at
    }
    return next
  }

  /** Removes one that is due; its submitter is last in turn then. Null if there is none. */
  take(now: number, mayHaveTurn: (submitter: string) => boolean): K | null {
    for (const [submitter, heap] of this.#bySubmitter) {
      if (!mayHaveTurn(submitter)) continue
      const key = heap.take(now)
      if (key === null) {
        if (heap.size === 0) this.#bySubmitter.delete(submitter)
        continue
      }
      this.#bySubmitter.delete(submitter)
      if (heap.size > 0) this.#bySubmitter.set(submitter, heap)
      return key
    }
    return null
  }
}
