// Some e-mails in the order of their received dates, kept in order as e-mails come and go. New mail mostly goes to the end, which costs nothing.

import type { EmailColumns } from './email-columns.ts'

/** Beyond this many at once, one pass over the whole list is cheaper than moving its rest for each. */
const SINGLE_MAX = 64
const CAPACITY_MIN = 16

export class DateOrder {
  readonly #columns: EmailColumns
  /** The oldest first. */
  #ids: Uint32Array<ArrayBuffer>
  #count: number

  /** `ids`: known to the columns, the oldest first. It belongs to the order. */
  constructor(columns: EmailColumns, ids: Uint32Array<ArrayBuffer>, count: number) {
    this.#columns = columns
    this.#ids = ids
    this.#count = count
  }

  get length(): number {
    return this.#count
  }

  /** The newest has position 0. */
  at(position: number): number {
    return this.#ids[this.#count - 1 - position] as number
  }

  /** All of them, the newest first. */
  toArray(): Uint32Array<ArrayBuffer> {
    return this.#ids.slice(0, this.#count).reverse()
  }

  /** Its position, or -1. */
  indexOf(id: number): number {
    const at = this.#lowerBound(id)
    return at < this.#count && this.#ids[at] === id ? this.#count - 1 - at : -1
  }

  has(id: number): boolean {
    return this.indexOf(id) >= 0
  }

  /** Takes out and puts in; what is not there, or there already, is passed over. */
  change(removed: readonly number[], added: readonly number[]): void {
    if (removed.length + added.length <= SINGLE_MAX) {
      for (const id of removed) this.#remove(id)
      for (const id of added) this.#insert(id)
    } else this.#changeMany(new Set(removed), added)
  }

  #lowerBound(id: number): number {
    let low = 0
    let high = this.#count
    const { compareDates } = this.#columns
    if (high > 0 && compareDates(this.#ids[high - 1] as number, id) < 0) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareDates(this.#ids[middle] as number, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #remove(id: number): void {
    const at = this.#lowerBound(id)
    if (at >= this.#count || this.#ids[at] !== id) return
    this.#ids.copyWithin(at, at + 1, this.#count)
    this.#count--
  }

  #insert(id: number): void {
    const at = this.#lowerBound(id)
    if (at < this.#count && this.#ids[at] === id) return
    if (this.#count === this.#ids.length) {
      const grown = new Uint32Array(Math.max(CAPACITY_MIN, this.#count + (this.#count >>> 2)))
      grown.set(this.#ids)
      this.#ids = grown
    }
    this.#ids.copyWithin(at + 1, at, this.#count)
    this.#ids[at] = id
    this.#count++
  }

  #changeMany(removed: ReadonlySet<number>, added: readonly number[]): void {
    const { compareDates } = this.#columns
    const coming = Uint32Array.from(added).sort(compareDates)
    const merged = new Uint32Array(this.#count + coming.length)
    let count = 0
    let from = 0
    for (let at = 0; at < this.#count; at++) {
      const id = this.#ids[at] as number
      if (removed.has(id)) continue
      for (; from < coming.length && compareDates(coming[from] as number, id) < 0; from++) {
        merged[count++] = coming[from] as number
      }
      if (coming[from] === id) from++
      merged[count++] = id
    }
    for (; from < coming.length; from++) merged[count++] = coming[from] as number
    this.#ids = merged
    this.#count = count
  }
}
