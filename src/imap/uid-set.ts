// A set of UIDs that changes: ranges in two typed arrays, so that a set costs eight bytes for each range, and one UID is found in logarithmic time.

import type { Ranges } from './sequence-set.ts'

export class UidSet {
  #first: Uint32Array
  #last: Uint32Array
  #count: number

  constructor(ranges: Ranges) {
    this.#first = Uint32Array.from(ranges, ([first]) => first)
    this.#last = Uint32Array.from(ranges, ([, last]) => last)
    this.#count = ranges.length
  }

  get rangeCount(): number {
    return this.#count
  }

  has(uid: number): boolean {
    const at = this.#rangeFrom(uid)
    return at < this.#count && (this.#first[at] as number) <= uid
  }

  add(uid: number): void {
    if (this.has(uid)) return
    const at = this.#rangeFrom(uid)
    const joinsBefore = at > 0 && this.#last[at - 1] === uid - 1
    const joinsAfter = at < this.#count && this.#first[at] === uid + 1
    if (joinsBefore && joinsAfter) {
      this.#last[at - 1] = this.#last[at] as number
      this.#close(at)
    } else if (joinsBefore) this.#last[at - 1] = uid
    else if (joinsAfter) this.#first[at] = uid
    else this.#open(at, uid, uid)
  }

  delete(uid: number): void {
    if (!this.has(uid)) return
    const at = this.#rangeFrom(uid)
    const [first, last] = [this.#first[at] as number, this.#last[at] as number]
    if (first === last) this.#close(at)
    else if (uid === first) this.#first[at] = uid + 1
    else if (uid === last) this.#last[at] = uid - 1
    else {
      this.#last[at] = uid - 1
      this.#open(at + 1, uid + 1, last)
    }
  }

  /** The first range that ends at `uid` or later. */
  #rangeFrom(uid: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#last[middle] as number) < uid) low = middle + 1
      else high = middle
    }
    return low
  }

  #open(at: number, first: number, last: number): void {
    if (this.#count === this.#first.length) {
      const capacity = Math.max(8, this.#count * 2)
      for (const name of ['first', 'last'] as const) {
        const grown = new Uint32Array(capacity)
        grown.set(name === 'first' ? this.#first : this.#last)
        if (name === 'first') this.#first = grown
        else this.#last = grown
      }
    }
    this.#first.copyWithin(at + 1, at, this.#count)
    this.#last.copyWithin(at + 1, at, this.#count)
    this.#first[at] = first
    this.#last[at] = last
    this.#count++
  }

  #close(at: number): void {
    this.#first.copyWithin(at, at + 1, this.#count)
    this.#last.copyWithin(at, at + 1, this.#count)
    this.#count--
  }
}
