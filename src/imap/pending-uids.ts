// UIDs whose flags changed since the client was last told. Lists are kept by reference, as all sessions on a mailbox get the
// same ones, and merged before they outgrow the mailbox itself.

const MERGE_AT = 4_096

type Uids = readonly number[] | Uint32Array

export class PendingUids {
  #lists: Uids[] = []
  #size = 0
  #mergeAt = MERGE_AT

  add(uids: Uids): void {
    if (uids.length === 0) return
    this.#lists.push(uids)
    this.#size += uids.length
    if (this.#size < this.#mergeAt) return
    const merged = this.take()
    this.#lists = [merged]
    this.#size = merged.length
    this.#mergeAt = Math.max(MERGE_AT, merged.length * 2)
  }

  get isEmpty(): boolean {
    return this.#size === 0
  }

  /** All of them once, increasing; nothing is pending afterwards. */
  take(): Uint32Array {
    const all = new Uint32Array(this.#size)
    let at = 0
    for (const list of this.#lists) {
      all.set(list, at)
      at += list.length
    }
    all.sort()
    let count = 0
    for (let index = 0; index < all.length; index++) {
      if (index === 0 || all[index] !== all[index - 1]) all[count++] = all[index] as number
    }
    this.#lists = []
    this.#size = 0
    this.#mergeAt = MERGE_AT
    return all.subarray(0, count)
  }
}
