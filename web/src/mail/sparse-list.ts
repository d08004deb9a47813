// The ids of a long list of which only some stretches are known, each at its position.

import type { Id } from '#web/jmap/types.ts'

export interface ListChanges {
  readonly removed: readonly Id[]
  readonly added: readonly { readonly id: Id; readonly index: number }[]
  readonly total?: number
}

export class SparseList {
  #ids: (Id | undefined)[] = []
  #positions: Map<Id, number> | null = null

  get length(): number {
    return this.#ids.length
  }

  /** What is behind the new end goes; what is before it and not known stays unknown. */
  resize(length: number): void {
    this.#ids.length = length
    this.#positions = null
  }

  clear(): void {
    this.#ids = []
    this.#positions = null
  }

  at(position: number): Id | undefined {
    return this.#ids[position]
  }

  /** Or -1. */
  indexOf(id: Id): number {
    if (this.#positions === null) {
      this.#positions = new Map()
      this.#ids.forEach((known, at) => known !== undefined && this.#positions?.set(known, at))
    }
    return this.#positions.get(id) ?? -1
  }

  put(position: number, ids: readonly Id[]): void {
    ids.forEach((id, at) => (this.#ids[position + at] = id))
    this.#positions = null
  }

  remove(ids: ReadonlySet<Id>): void {
    if (ids.size === 0) return
    const positions = [...ids].map((id) => this.indexOf(id)).filter((at) => at >= 0)
    for (const at of positions.sort((a, b) => b - a)) this.#ids.splice(at, 1)
    this.#positions = null
  }

  insert(position: number, id: Id): void {
    if (position > this.#ids.length) this.#ids.length = position
    this.#ids.splice(position, 0, id)
    this.#positions = null
  }

  replace(before: Id, after: Id): void {
    const at = this.indexOf(before)
    if (at < 0) return
    this.#ids[at] = after
    this.#positions = null
  }

  /** How many are known from the start without a gap. */
  get prefix(): number {
    let at = 0
    while (at < this.#ids.length && this.#ids[at] !== undefined) at++
    return at
  }

  /**
   * Applies a server's changes (RFC 8620 §5.6). False if it cannot be told what they mean here: an id was removed from a stretch that is not
   * known, and others beyond it are.
   */
  apply({ removed, added, total = this.length }: ListChanges): boolean {
    const gone = new Set([...removed, ...added.map(({ id }) => id)].filter((id) => this.indexOf(id) >= 0))
    const ordered = added.toSorted((a, b) => a.index - b.index)
    const isExact = this.length - gone.size + added.length === total
    if (!isExact && !this.isPrefix) return false
    // What is behind the known start is as unknown after as before.
    if (!isExact) this.resize(this.prefix)
    const isWhole = isExact || this.prefix === this.length
    this.remove(gone)
    for (const { id, index } of ordered) {
      if (index < this.length || (index === this.length && isWhole)) this.insert(index, id)
    }
    this.resize(total)
    return true
  }

  get isPrefix(): boolean {
    const prefix = this.prefix
    let known = 0
    this.#ids.forEach((id) => id !== undefined && known++)
    return known === prefix
  }

  /** Positions from `start` to before `end` that are not known. */
  gaps(start: number, end: number): [start: number, end: number][] {
    const gaps: [number, number][] = []
    let open = -1
    for (let at = start; at <= end; at++) {
      const isGap = at < end && this.#ids[at] === undefined
      if (isGap && open < 0) open = at
      if (!isGap && open >= 0) {
        gaps.push([open, at])
        open = -1
      }
    }
    return gaps
  }

  /** Calls for each that is known, in order. */
  forEach(visit: (id: Id, position: number) => void): void {
    this.#ids.forEach((id, at) => id !== undefined && visit(id, at))
  }

  known(): Id[] {
    return this.#ids.filter((id) => id !== undefined)
  }
}
