// Deliveries that are ready to begin, fair between those whose messages they are: each submitter's in their order, submitters in turn. A delivery
// whose destination has as many as it may have is passed over.

export class ReadyList<T> {
  readonly #bySubmitter = new Map<string, T[]>()
  #count = 0

  get count(): number {
    return this.#count
  }

  add(submitter: string, item: T): void {
    this.#count++
    const others = this.#bySubmitter.get(submitter)
    if (others === undefined) this.#bySubmitter.set(submitter, [item])
    else others.push(item)
  }

  /** The next that may begin; its submitter is last in turn then. Null if there is none. */
  take(mayBegin: (item: T) => boolean): T | null {
    for (const [submitter, items] of this.#bySubmitter) {
      const index = items.findIndex(mayBegin)
      if (index < 0) continue
      const [item] = items.splice(index, 1)
      this.#count--
      this.#bySubmitter.delete(submitter)
      if (items.length > 0) this.#bySubmitter.set(submitter, items)
      return item ?? null
    }
    return null
  }

  /** Removes those, and returns them. */
  remove(which: (item: T) => boolean): readonly T[] {
    const removed: T[] = []
    for (const [submitter, items] of this.#bySubmitter) {
      const kept = items.filter((item) => !which(item))
      if (kept.length === items.length) continue
      removed.push(...items.filter(which))
      if (kept.length === 0) this.#bySubmitter.delete(submitter)
      else this.#bySubmitter.set(submitter, kept)
    }
    this.#count -= removed.length
    return removed
  }
}
