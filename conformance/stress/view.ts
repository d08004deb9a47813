// What one client knows of its selected mailbox, by what it was told and nothing else (RFC 9051 §7.4, §7.5). Everything it is told must make sense to
// it; what does not is a violation.

import { Box, type Message } from './model.ts'
import { must } from './violation.ts'

export interface Entry {
  message: Message | null
  /** As last told; null if they were not, or may have changed since by the client's own doing. */
  flags: ReadonlySet<string> | null
  /** 0 if it was not told. */
  modseq: number
}

/** What one FETCH response says. */
export interface Told {
  readonly uid: number | null
  readonly flags: ReadonlySet<string> | null
  readonly modseq: number | null
  readonly body: string | null
}

/** What a client keeps of a message while it is away. */
export interface Remembered {
  readonly uid: number
  /** Its sequence number then; 0 if it has none. */
  readonly number: number
  readonly flags: ReadonlySet<string> | null
  readonly modseq: number
}

export interface View {
  readonly box: Box
  /** When SELECT was sent. */
  readonly openedAt: number
  readonly count: number
  /** Messages whose UID is known, in order. */
  known(): readonly Entry[]
  /** Null where there are no numbers. */
  numberOf(entry: Entry): number | null
  at(number: number): Entry | null
  exists(count: number): void
  /** The message, if its UID was known. */
  expunged(number: number): Message | null
  vanished(uids: readonly number[]): void
  /** `number`: of FETCH; a UID of UIDFETCH. */
  fetched(number: number, told: Told, now: number): Entry
}

const newEntry = (): Entry => ({ message: null, flags: null, modseq: 0 })

function learn(entry: Entry, { flags, modseq }: Told, box: Box, now: number): void {
  if (modseq !== null) {
    entry.modseq = modseq
    if (entry.message !== null) box.flagsAt(entry.message, modseq, flags, now)
  }
  if (flags !== null) entry.flags = flags
}

/** By sequence numbers. */
export class NumberedView implements View {
  readonly box: Box
  readonly openedAt: number
  readonly #entries: Entry[] = []

  constructor(box: Box, openedAt: number) {
    this.box = box
    this.openedAt = openedAt
  }

  get count(): number {
    return this.#entries.length
  }

  known(): readonly Entry[] {
    return this.#entries.filter(({ message }) => message !== null)
  }

  numberOf(entry: Entry): number | null {
    const at = this.#entries.indexOf(entry)
    return at < 0 ? null : at + 1
  }

  at(number: number): Entry | null {
    return this.#entries[number - 1] ?? null
  }

  exists(count: number): void {
    must(count >= this.count, 'RFC 9051 §7.4.1', () => `EXISTS ${count}, there were ${this.count}`)
    while (this.#entries.length < count) this.#entries.push(newEntry())
  }

  expunged(number: number): Message | null {
    const entry = this.at(number)
    must(entry !== null, 'RFC 9051 §7.5.1', () => `EXPUNGE ${number} of ${this.count}`)
    this.#entries.splice(number - 1, 1)
    return entry.message
  }

  vanished(uids: readonly number[]): void {
    for (const uid of uids) {
      const at = this.#placeOf(uid)
      must(at !== null, 'RFC 7162 §3.2.10.2', () => `VANISHED ${uid}, which was not there`)
      this.#entries.splice(at, 1)
    }
  }

  fetched(number: number, told: Told, now: number): Entry {
    const entry = this.at(number)
    must(entry !== null, 'RFC 9051 §7.5.2', () => `FETCH of ${number}, there are ${this.count}`)
    if (told.uid !== null) this.#name(number - 1, entry, told.uid)
    learn(entry, told, this.box, now)
    return entry
  }

  /** All are named now: who came back (RFC 7162 §3.2.5) knows them from before, and was told of the others. */
  assume(remembered: readonly Remembered[]): void {
    const uids = remembered.map(({ uid }) => uid)
    must(
      remembered.length === this.count,
      'RFC 7162 §3.2.5',
      () => `EXISTS ${this.count}, but who was told the differences knows ${remembered.length}: ${uids.join(' ')}`,
    )
    for (const [at, { uid, flags, modseq }] of remembered.entries()) {
      const entry = this.#entries[at] as Entry
      const wasTold = entry.message !== null
      this.#name(at, entry, uid)
      if (wasTold) continue
      entry.flags = flags
      entry.modseq = modseq
    }
  }

  /** Where the message with this UID is, or one of those in a row among which it must be. */
  #placeOf(uid: number): number | null {
    let unknown: number | null = null
    for (const [at, { message }] of this.#entries.entries()) {
      if (message === null) unknown ??= at
      else if (message.uid === uid) return at
      else if (message.uid > uid) return unknown
      else unknown = null
    }
    return unknown
  }

  #name(at: number, entry: Entry, uid: number): void {
    if (entry.message !== null) {
      const known = entry.message.uid
      must(known === uid, 'RFC 9051 §2.3.1.2', () => `number ${at + 1} was UID ${known} and is ${uid}`)
      return
    }
    const before = this.#entries.slice(0, at).findLast(({ message }) => message !== null)?.message?.uid ?? 0
    const after = this.#entries.slice(at + 1).find(({ message }) => message !== null)?.message?.uid
    must(
      uid > before && (after === undefined || uid < after),
      'RFC 9051 §2.3.1.1',
      () => `UID ${uid} stands between ${before} and ${after ?? 'the end'}`,
    )
    entry.message = this.box.see(uid, this.openedAt)
  }
}

/** After ENABLE UIDONLY (RFC 9586): how many messages, and what is known of some by their UIDs. */
export class UidView implements View {
  readonly box: Box
  readonly openedAt: number
  count = 0
  readonly #entries = new Map<number, Entry>()

  constructor(box: Box, openedAt: number) {
    this.box = box
    this.openedAt = openedAt
  }

  known(): readonly Entry[] {
    return [...this.#entries].toSorted(([left], [right]) => left - right).map(([, entry]) => entry)
  }

  numberOf(): null {
    return null
  }

  at(): null {
    return null
  }

  exists(count: number): void {
    must(count >= this.count, 'RFC 9051 §7.4.1', () => `EXISTS ${count}, there were ${this.count}`)
    this.count = count
  }

  expunged(number: number): null {
    must(false, 'RFC 9586 §3.3', () => `EXPUNGE ${number} after ENABLE UIDONLY`)
  }

  vanished(uids: readonly number[]): void {
    for (const uid of uids) {
      const isKnown = this.#entries.delete(uid)
      must(
        isKnown || this.count > this.#entries.size,
        'RFC 7162 §3.2.10.2',
        () => `VANISHED ${uid}, which was not there`,
      )
      this.count--
    }
  }

  fetched(uid: number, told: Told, now: number): Entry {
    let entry = this.#entries.get(uid)
    if (entry === undefined) {
      must(this.#entries.size < this.count, 'RFC 9586 §3.3', () => `UIDFETCH ${uid}, all ${this.count} are known`)
      entry = { ...newEntry(), message: this.box.see(uid, this.openedAt) }
      this.#entries.set(uid, entry)
    }
    learn(entry, told, this.box, now)
    return entry
  }
}
