// Sets of whole numbers as inclusive ranges: what is in a set is most often together.

export type NumberRange = readonly [first: number, last: number]

export class NumberRanges {
  /** Increasing, not touching. */
  readonly #ranges: [number, number][] = []

  constructor(ranges: Iterable<NumberRange> = []) {
    for (const [first, last] of ranges) this.add(first, last)
  }

  /** How many ranges they are. */
  get count(): number {
    return this.#ranges.length
  }

  [Symbol.iterator](): Iterator<NumberRange> {
    return this.#ranges[Symbol.iterator]()
  }

  has(number: number): boolean {
    const range = this.#ranges[this.#endingFrom(number)]
    return range !== undefined && range[0] <= number
  }

  add(first: number, last: number): void {
    if (first > last) return
    // Those that touch it become a part of it.
    const from = this.#endingFrom(first - 1)
    let to = from
    let [start, end] = [first, last]
    for (let range = this.#ranges[to]; range !== undefined && range[0] <= last + 1; range = this.#ranges[++to]) {
      start = Math.min(start, range[0])
      end = Math.max(end, range[1])
    }
    this.#ranges.splice(from, to - from, [start, end])
  }

  remove(first: number, last: number): void {
    if (first > last) return
    const from = this.#endingFrom(first)
    const left: [number, number][] = []
    let to = from
    for (let range = this.#ranges[to]; range !== undefined && range[0] <= last; range = this.#ranges[++to]) {
      if (range[0] < first) left.push([range[0], first - 1])
      if (range[1] > last) left.push([last + 1, range[1]])
    }
    this.#ranges.splice(from, to - from, ...left)
  }

  /** What of `first` to `last` is in the set. */
  *within(first: number, last: number): Generator<NumberRange> {
    for (let at = this.#endingFrom(first); at < this.#ranges.length; at++) {
      const [start, end] = this.#ranges[at] as NumberRange
      if (start > last) return
      yield [Math.max(start, first), Math.min(end, last)]
    }
  }

  /** What of `first` to `last` is not. */
  *without(first: number, last: number): Generator<NumberRange> {
    let next = first
    for (const [start, end] of this.within(first, last)) {
      if (start > next) yield [next, start - 1]
      next = end + 1
    }
    if (next <= last) yield [next, last]
  }

  /** The first range that ends at `number` or after it. */
  #endingFrom(number: number): number {
    let low = 0
    let high = this.#ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ranges[middle] as NumberRange)[1] < number) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Whether they increase and do not touch, within 0 to 2^53 - 1. */
export function areOrdered(ranges: readonly NumberRange[]): boolean {
  let after = -2
  for (const [first, last] of ranges) {
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first <= after + 1 || first > last) return false
    after = last
  }
  return true
}
