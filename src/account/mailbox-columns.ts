// The memberships of one mailbox in UID order, as parallel typed arrays: what IMAP's sequence numbers, FETCH FLAGS and STORE run over.
//
// New memberships are written behind `count`, in place or after growing; when some end, `uids` and `emails` are replaced and never shifted in
// place, so that a session which keeps the arrays it announced can still tell its client which numbers went.

import { assert } from '#base/assert.ts'
import type { MailboxId } from '#base/ids.ts'
import type { MailboxView } from './account.ts'
import { ID_MAX } from './range-set.ts'

/** Stored chunks cover a range of UIDs, not of positions: an expunge touches one chunk however long the mailbox is. */
export const UID_CHUNK_SHIFT = 10
const CAPACITY_MIN = 16

export class MailboxColumns implements MailboxView {
  readonly mailbox: MailboxId
  count = 0
  uids: Uint32Array = new Uint32Array(CAPACITY_MIN)
  emails: Uint32Array = new Uint32Array(CAPACITY_MIN)
  flags: Uint32Array = new Uint32Array(CAPACITY_MIN)
  modseqs: Float64Array = new Float64Array(CAPACITY_MIN)
  generation = 0
  uidNext = 1
  /** How many memberships have each flag set. */
  readonly flagCounts = new Map<number, number>()
  /** Chunks changed since they were last stored. */
  readonly dirty = new Set<number>()

  constructor(mailbox: MailboxId) {
    this.mailbox = mailbox
  }

  /** The same memberships, on their own. */
  copy(): MailboxColumns {
    const copy = new MailboxColumns(this.mailbox)
    copy.count = this.count
    copy.uidNext = this.uidNext
    copy.generation = this.generation
    copy.uids = this.uids.slice()
    copy.emails = this.emails.slice()
    copy.flags = this.flags.slice()
    copy.modseqs = this.modseqs.slice()
    for (const [flags, count] of this.flagCounts) copy.flagCounts.set(flags, count)
    return copy
  }

  indexOf(uid: number): number {
    const index = this.lowerBound(uid)
    return index < this.count && this.uids[index] === uid ? index : -1
  }

  /** Position of the first UID that is not less. */
  lowerBound(uid: number): number {
    let low = 0
    let high = this.count
    // Without gaps, a UID's position is known.
    const guess = uid - (this.uids[0] as number)
    if (guess >= 0 && guess < high && this.uids[guess] === uid) return guess
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.uids[middle] as number) < uid) low = middle + 1
      else high = middle
    }
    return low
  }

  /** A membership with the next UID, which is returned. */
  append(email: number, flags: number, modseq: number): number {
    const uid = this.uidNext
    assert(uid < ID_MAX, 'a mailbox has UIDs left')
    this.uidNext = uid + 1
    this.restore(uid, email, flags, modseq)
    this.dirty.add(uid >>> UID_CHUNK_SHIFT)
    return uid
  }

  /** A stored membership, in UID order. */
  restore(uid: number, email: number, flags: number, modseq: number): void {
    if (this.count === this.uids.length) this.#grow()
    const index = this.count++
    this.uids[index] = uid
    this.emails[index] = email
    this.flags[index] = flags
    this.modseqs[index] = modseq
    this.countFlags(flags, 1)
  }

  /** The caller accounts for the flags by `countFlags`, which it may do once for many. */
  setFlags(index: number, flags: number, modseq: number): void {
    this.flags[index] = flags
    this.modseqs[index] = modseq
    this.dirty.add((this.uids[index] as number) >>> UID_CHUNK_SHIFT)
  }

  countFlags(flags: number, change: number): void {
    const count = (this.flagCounts.get(flags) ?? 0) + change
    if (count === 0) this.flagCounts.delete(flags)
    else this.flagCounts.set(flags, count)
  }

  /** `indexes` increase. */
  remove(indexes: readonly number[]): void {
    if (indexes.length === 0) return
    const left = this.count - indexes.length
    const capacity = Math.max(CAPACITY_MIN, left + (left >>> 3))
    const uids = new Uint32Array(capacity)
    const emails = new Uint32Array(capacity)
    const flags = new Uint32Array(capacity)
    const modseqs = new Float64Array(capacity)
    let to = 0
    let from = 0
    const keepUntil = (end: number): void => {
      uids.set(this.uids.subarray(from, end), to)
      emails.set(this.emails.subarray(from, end), to)
      flags.set(this.flags.subarray(from, end), to)
      modseqs.set(this.modseqs.subarray(from, end), to)
      to += end - from
    }
    for (const index of indexes) {
      if (index > from) keepUntil(index)
      from = index + 1
      this.countFlags(this.flags[index] as number, -1)
      this.dirty.add((this.uids[index] as number) >>> UID_CHUNK_SHIFT)
    }
    keepUntil(this.count)
    this.uids = uids
    this.emails = emails
    this.flags = flags
    this.modseqs = modseqs
    this.count = left
    this.generation++
  }

  #grow(): void {
    const capacity = this.uids.length * 2
    const grown = (old: Uint32Array): Uint32Array => {
      const column = new Uint32Array(capacity)
      column.set(old)
      return column
    }
    this.uids = grown(this.uids)
    this.emails = grown(this.emails)
    this.flags = grown(this.flags)
    const modseqs = new Float64Array(capacity)
    modseqs.set(this.modseqs)
    this.modseqs = modseqs
  }
}
