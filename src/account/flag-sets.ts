// Interned keyword sets: equal sets are one number, so that a column of 4 bytes per message holds all flags, and whatever is derived from
// a set (an IMAP flag list, a count) is derived once per set and not once per message.
//
// Ids are even for a set as such, and that plus one for the same set with IMAP's \Deleted. 0 is the empty set.

import { assert } from '#base/assert.ts'
import type { FlagSet } from './account.ts'

/** An e-mail has no more keywords than these (docs/formats/journal.md §3.3). */
const EMAIL_KEYWORDS_MAX = 256

export type KeywordMode = 'add' | 'remove' | 'replace'

export class FlagSets {
  readonly #sets: FlagSet[] = []
  readonly #ids = new Map<string, number>()
  #saved = 0

  constructor() {
    this.intern([])
  }

  /** The same sets with the same ids, on their own. */
  copy(): FlagSets {
    const copy = new FlagSets()
    for (let id = 0; id < this.#sets.length; id += 2) copy.restore(id, this.get(id).keywords)
    return copy
  }

  /** The even id of the set with these keywords, which are sorted and each there once. */
  intern(keywords: readonly string[]): number {
    // Keywords have no spaces.
    const key = keywords.join(' ')
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = this.#sets.length
    this.#sets.push({ id, keywords, deleted: false }, { id: id + 1, keywords, deleted: true })
    this.#ids.set(key, id)
    return id
  }

  get(id: number): FlagSet {
    const set = this.#sets[id]
    assert(set !== undefined, 'an unknown flag set')
    return set
  }

  has(id: number, keyword: string): boolean {
    return this.get(id).keywords.includes(keyword)
  }

  /** How many sets there are, used or not. */
  get size(): number {
    return this.#sets.length / 2
  }

  /** A memory of what the change makes of each set, for one operation over many e-mails. Even ids in and out. */
  change(mode: KeywordMode, keywords: readonly string[]): (id: number) => number {
    const given = new Set(keywords)
    const memory = new Map<number, number>()
    return (id) => {
      const known = memory.get(id)
      if (known !== undefined) return known
      const before = this.get(id).keywords
      const after =
        mode === 'replace'
          ? given
          : mode === 'add'
            ? new Set([...before, ...given])
            : new Set(before.filter((keyword) => !given.has(keyword)))
      const changed = after.size > EMAIL_KEYWORDS_MAX ? id : this.intern([...after].sort())
      memory.set(id, changed)
      return changed
    }
  }

  /** Sets interned since the last call, to be stored beside the columns that use them. */
  takeUnsaved(): { readonly id: number; readonly keywords: readonly string[] }[] {
    const unsaved: { id: number; keywords: readonly string[] }[] = []
    for (let id = this.#saved; id < this.#sets.length; id += 2) unsaved.push({ id, keywords: this.get(id).keywords })
    this.#saved = this.#sets.length
    return unsaved
  }

  /** Restores a stored set. Sets come in the order of their ids, without gaps. */
  restore(id: number, keywords: readonly string[]): void {
    assert(this.intern(keywords) === id, 'flag sets are restored in order')
    this.#saved = this.#sets.length
  }
}

export function withDeleted(id: number, deleted: boolean): number {
  return deleted ? id | 1 : id & ~1
}
