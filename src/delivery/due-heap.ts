// What is due when: a binary heap. An entry that has been overtaken by a later `set` of the same key is dropped when its turn comes.

interface Entry<K> {
  readonly key: K
  readonly at: number
}

export class DueHeap<K> {
  readonly #heap: Entry<K>[] = []
  readonly #due = new Map<K, number>()

  get size(): number {
    return this.#due.size
  }

  /** When the first is due. */
  get next(): number | null {
    this.#dropStale()
    return this.#heap[0]?.at ?? null
  }

  set(key: K, at: number): void {
    if (this.#due.get(key) === at) return
    this.#due.set(key, at)
    this.#heap.push({ key, at })
    this.#up(this.#heap.length - 1)
  }

  delete(key: K): void {
    this.#due.delete(key)
  }

  /** Removes and returns the first that is due by then. */
  take(now: number): K | null {
    this.#dropStale()
    const first = this.#heap[0]
    if (first === undefined || first.at > now) return null
    this.#due.delete(first.key)
    this.#pop()
    return first.key
  }

  #dropStale(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#due.get(first.key) === first.at) return
      this.#pop()
    }
  }

  #pop(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    this.#heap[0] = last
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      let least = at
      if (this.#at(left) < this.#at(least)) least = left
      if (this.#at(right) < this.#at(least)) least = right
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #up(from: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#at(parent) <= this.#at(at)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.at ?? Infinity
  }

  #swap(one: number, other: number): void {
    const kept = this.#heap[one] as Entry<K>
    this.#heap[one] = this.#heap[other] as Entry<K>
    this.#heap[other] = kept
  }
}
