// What the account's log says of its payloads (docs/formats/release.md), and what it is still to say: a `mail` record is released when no e-mail stands for it any more,
// and kept again when one does after all. New mail is kept, too.
//
// What is released follows from the log's release records, in order; which records e-mails stand for, from the journal. Where the two differ the account owes the log
// a release: most often it goes along with the journal record that makes the difference, and otherwise as soon as may be. So it does not matter who wrote what is
// there, or whether what belonged to it was lost: who makes the index again comes to the same.
//
// Invariant, whenever a journal record has been applied: a record that stands for nothing is released or owed, one that is named is not released or owed to be kept.

import { type NumberRange, NumberRanges } from '#base/number-ranges.ts'
import type { Release } from '#ledger/release.ts'
import type { IndexDatabase, Statement } from './index-database.ts'
import type { MailStore } from './mail-store.ts'
import { StoredRanges } from './stored-ranges.ts'

/** Of one record: it goes along with others. */
const RANGES_MAX = 2048
/** Between two records of one range, so many others may lie that are no mail. */
const GAP_MAX = 64

/** What a commit is about to change, as far as that is certain. Both in order. */
export interface Naming {
  readonly named: readonly number[]
  readonly unnamed: readonly number[]
}

interface Said {
  readonly seq: number
  readonly released: NumberRanges
  readonly kept: NumberRanges
}

export class Releases {
  readonly #mails: MailStore
  readonly #stored: StoredRanges
  readonly #saveOwed: Statement
  readonly #clearOwed: Statement
  /** Release records that are not in the index yet, in order: written here a moment ago, or not saved. */
  #said: Said[] = []
  readonly #owed: Readonly<Record<'release' | 'keep', NumberRanges>> = {
    release: new NumberRanges(),
    keep: new NumberRanges(),
  }
  #hasSavedOwed = false
  /** What `next` wanted to release, record by record. */
  #planned = new NumberRanges()

  constructor(database: IndexDatabase, mails: MailStore) {
    this.#mails = mails
    this.#stored = new StoredRanges(database, 'released')
    this.#saveOwed = database.write('INSERT INTO owed (first, last, kept) VALUES (?, ?, ?)')
    this.#clearOwed = database.write('DELETE FROM owed')
    for (const [first, last, kept] of database.read('SELECT first, last, kept FROM owed').all()) {
      this.#owed[kept === 1 ? 'keep' : 'release'].add(first as number, last as number)
      this.#hasSavedOwed = true
    }
  }

  /** By the log, as far as it is known. */
  isReleased(record: number): boolean {
    for (let at = this.#said.length - 1; at >= 0; at--) {
      const { released, kept } = this.#said[at] as Said
      if (kept.has(record)) return false
      if (released.has(record)) return true
    }
    return this.#stored.has(record)
  }

  /** A journal record was applied. */
  changed({ named, unnamed }: Naming): void {
    const { release, keep } = this.#owed
    for (const [first, last] of runsOf(unnamed)) {
      const released = [...keep.within(first, last)]
      release.add(first, last)
      for (const [from, to] of released) {
        keep.remove(from, to)
        release.remove(from, to)
      }
    }
    for (const record of named) {
      if (release.has(record)) release.remove(record, record)
      else keep.add(record, record)
    }
  }

  get isOwing(): boolean {
    return this.#owed.release.count + this.#owed.keep.count > 0
  }

  /** What is to be said now, along with what a commit will change; null if that is nothing. */
  next({ named, unnamed }: Naming): Release | null {
    const released = new NumberRanges(this.#owed.release)
    const kept = new NumberRanges(this.#owed.keep)
    for (const [first, last] of runsOf(unnamed)) {
      const staying = [...kept.within(first, last)]
      released.add(first, last)
      for (const [from, to] of staying) {
        kept.remove(from, to)
        released.remove(from, to)
      }
    }
    for (const record of named) {
      if (released.has(record)) released.remove(record, record)
      else kept.add(record, record)
    }
    // What is to be kept is more urgent.
    const keeping = first(kept, RANGES_MAX)
    const releasing = first(this.#joined(released), RANGES_MAX - keeping.length)
    this.#planned = released
    return keeping.length + releasing.length === 0 ? null : { released: releasing, kept: keeping }
  }

  /** This account wrote what `next` gave last, and what was written along with it is applied. */
  appended(seq: number, { released, kept }: Release): void {
    this.#said.push({ seq, released: new NumberRanges(released), kept: new NumberRanges(kept) })
    for (const [first, last] of released) {
      for (const [from, to] of this.#planned.within(first, last)) this.#settleExpected('release', from, to)
    }
    for (const [first, last] of kept) this.#settleExpected('keep', first, last)
  }

  /** The log's next record is a release record. */
  read(seq: number, { released, kept }: Release): void {
    if (this.#said.some((said) => said.seq === seq)) return
    const after = this.#said.findIndex((said) => said.seq > seq)
    const said = { seq, released: new NumberRanges(released), kept: new NumberRanges(kept) }
    this.#said.splice(after < 0 ? this.#said.length : after, 0, said)
    // Somebody else's word, or this account's of another time.
    for (const [first, last] of [...released, ...kept]) this.#settle(first, last)
  }

  /** Records before `next` are in the index with this. */
  save(next: number): void {
    const passed = this.#said.filter(({ seq }) => seq < next)
    for (const { released, kept } of passed) {
      for (const [first, last] of released) this.#stored.add(first, last)
      for (const [first, last] of kept) this.#stored.remove(first, last)
    }
    if (passed.length > 0) this.#said = this.#said.filter(({ seq }) => seq >= next)
    if (!this.isOwing && !this.#hasSavedOwed) return
    this.#clearOwed.run()
    for (const [first, last] of this.#owed.release) this.#saveOwed.run(first, last, 0)
    for (const [first, last] of this.#owed.keep) this.#saveOwed.run(first, last, 1)
    this.#hasSavedOwed = this.isOwing
  }

  /** What is owed of these records, one by one, as it stands now. */
  #settle(first: number, last: number): void {
    const { release, keep } = this.#owed
    release.remove(first, last)
    keep.remove(first, last)
    for (const record of this.#mails.recordsBetween(first, last)) {
      const [isReleased, isNamed] = [this.isReleased(record), this.#mails.isNamed(record)]
      if (isReleased && isNamed) keep.add(record, record)
      if (!isReleased && !isNamed) release.add(record, record)
    }
  }

  /** All of these were to be owed by now; those that are not are looked at. */
  #settleExpected(what: 'release' | 'keep', first: number, last: number): void {
    const others = [...this.#owed[what].without(first, last)]
    this.#owed[what].remove(first, last)
    for (const [from, to] of others) this.#settle(from, to)
  }

  /** Ranges that have no mail between them are one. */
  #joined(ranges: NumberRanges): NumberRange[] {
    const joined: NumberRange[] = []
    let cluster: NumberRange[] = []
    for (const range of ranges) {
      const before = cluster.at(-1)
      if (before !== undefined && range[0] - before[1] > GAP_MAX) {
        joined.push(...this.#joinedCluster(cluster))
        cluster = []
        if (joined.length > RANGES_MAX) return joined
      }
      cluster.push(range)
    }
    joined.push(...this.#joinedCluster(cluster))
    return joined
  }

  /** The same of ranges that are close together, by one look at the mail that there is. */
  #joinedCluster(cluster: readonly NumberRange[]): NumberRange[] {
    const [begin] = cluster
    const end = cluster.at(-1)
    if (begin === undefined || end === undefined || cluster.length === 1) return [...cluster]
    const joined: [number, number][] = [[begin[0], begin[1]]]
    const records = this.#mails.recordsBetween(begin[1] + 1, end[0] - 1)
    let record = records.next()
    for (let at = 1; at < cluster.length; at++) {
      const [first, last] = cluster[at] as NumberRange
      const before = joined.at(-1) as [number, number]
      while (record.done !== true && record.value <= before[1]) record = records.next()
      if (record.done === true || record.value >= first) before[1] = last
      else joined.push([first, last])
      if (joined.length > RANGES_MAX) break
    }
    return joined
  }
}

function first(ranges: Iterable<NumberRange>, count: number): NumberRange[] {
  const some: NumberRange[] = []
  for (const range of ranges) {
    if (some.length >= count) break
    some.push(range)
  }
  return some
}

/** Of numbers in order, each once. */
function* runsOf(numbers: readonly number[]): Generator<NumberRange> {
  let run: [number, number] | null = null
  for (const number of numbers) {
    if (run !== null && number === run[1] + 1) run[1] = number
    else {
      if (run !== null) yield run
      run = [number, number]
    }
  }
  if (run !== null) yield run
}
