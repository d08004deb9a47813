// The result of a sort that goes on: UIDs in their order, four bytes each. Where a message belongs is found by comparing it with some of those that
// are there, so that one that comes costs a few looks into the index and not another sort.

export class SortedUids {
  #uids: Uint32Array
  #count: number

  constructor(uids: Uint32Array) {
    this.#uids = uids
    this.#count = uids.length
  }

  all(): Uint32Array {
    return this.#uids.subarray(0, this.#count)
  }

  get count(): number {
    return this.#count
  }

  /**
   * Puts a UID in its place, and returns the index of that. `compare`: what is there with the new one; null if nobody can tell, because the message
   * is gone.
   */
  insert(uid: number, compare: (there: number) => number | null): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      let probe = middle
      let order = compare(this.#uids[probe] as number)
      while (order === null && ++probe < high) order = compare(this.#uids[probe] as number)
      if (order === null || order > 0) high = middle
      else low = probe + 1
    }
    if (this.#count === this.#uids.length) {
      const grown = new Uint32Array(Math.max(8, this.#count * 2))
      grown.set(this.#uids)
      this.#uids = grown
    }
    this.#uids.copyWithin(low + 1, low, this.#count)
    this.#uids[low] = uid
    this.#count++
    return low
  }

  /** Takes UIDs out. Returns runs of neighbours, the last one first, so that none shifts another. */
  remove(uids: ReadonlySet<number>): { readonly index: number; readonly uids: readonly number[] }[] {
    const runs: { index: number; uids: number[] }[] = []
    let kept = 0
    for (let at = 0; at < this.#count; at++) {
      const uid = this.#uids[at] as number
      if (!uids.has(uid)) {
        this.#uids[kept++] = uid
        continue
      }
      const run = runs.at(-1)
      if (run !== undefined && run.index + run.uids.length === at) run.uids.push(uid)
      else runs.push({ index: at, uids: [uid] })
    }
    this.#count = kept
    return runs.reverse()
  }

  has(uid: number): boolean {
    const at = this.#uids.indexOf(uid)
    return at >= 0 && at < this.#count
  }
}
