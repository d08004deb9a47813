// What an account was, as far as its journal can be read: mailboxes, which messages are where, flags, settings. The fold of the journal ends at the first
// record that is missing or damaged, as everywhere (docs/formats/journal.md §4): what follows names UIDs that depend on it. Of what follows, that is kept
// which depends on nothing: settings, and where messages were filed when they came.
//
// An index that has read beyond the damage knows more: the fold then goes on from there.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { MailRecords } from '#account/fold-context.ts'
import { applyRecord } from '#account/fold.ts'
import {
  CHAIN_START,
  type ChainHead,
  type JournalEntry,
  type JournalSealer,
  chainPosition,
  nextHead,
} from '#account/journal.ts'
import type { JournalOperation, SettingValue } from '#account/operation.ts'
import { AccountState } from '#account/state.ts'
import { PastRecords } from '#account/past/past-records.ts'
import type { SalvagedLog } from './salvaged-log.ts'

/** A message in a mailbox. */
export interface SalvagedPlace {
  readonly mailbox: MailboxId
  readonly uid: number
  readonly keywords: readonly string[]
  readonly deleted: boolean
  readonly receivedAt: number
}

/** Where a message was filed when it came, after the journal breaks off: perhaps it was moved since. */
export interface FiledOnce {
  readonly mailboxes: readonly MailboxId[]
  readonly keywords: readonly string[]
  readonly receivedAt: number
}

export interface JournalBreak {
  /** The first record that could not be applied, or the one in whose place there is nothing. */
  readonly seq: number
  readonly reason: 'missing' | 'payload' | 'unknownOperation'
  /** Journal records after it, which can be read. */
  readonly after: number
}

/** The account as an index has it. */
export interface KnownState {
  readonly state: AccountState
  /** The last journal record in it. */
  readonly journalSeq: number
  readonly chain: ChainHead
  /** Whether an e-mail was ever made of the record. */
  isFiled(record: number): boolean
}

export class SalvagedAccount {
  readonly state: AccountState
  readonly settings: Map<string, SettingValue>
  journalBreak: JournalBreak | null = null
  readonly #records = new FiledRecords()
  readonly #known: KnownState | null
  readonly #filedLater = new Map<number, FiledOnce>()
  /** Live e-mails in the order of their records, and these. */
  #emails = new Uint32Array(0)
  #recordOf = new Float64Array(0)

  constructor(known: KnownState | null = null) {
    this.#known = known
    this.state = known?.state ?? new AccountState()
    this.settings = this.state.settings
  }

  /** Reads the journal of records before `end`: to be done first. */
  *fold(log: SalvagedLog, sealer: JournalSealer, end: number): Steps<void> {
    let chain = this.#known?.chain ?? CHAIN_START
    const first = this.#known === null ? 0 : this.#known.journalSeq + 1
    for (let seq = 0; seq < end; seq++) {
      const kind = log.kindOf(seq)
      // Of what cannot be read nobody knows what it was. If it was mail, an operation names it.
      if (kind === null || kind === 'mail') this.#records.add(seq)
      if (kind !== 'journal' || seq < first) continue
      yield
      const record = log.read(seq)
      const entry = record === null ? null : sealer.open(record.payload)
      if (record === null || entry === null) this.#breaksAt(seq, 'payload')
      else if (entry === 'unknownOperation') this.#breaksAt(seq, entry)
      else chain = this.#take(seq, entry, chain, record.payload)
    }
    this.#sortEmails()
  }

  /** Where the message of a record is; none if it is nowhere any more, or was never filed. */
  places(record: number): SalvagedPlace[] {
    const places: SalvagedPlace[] = []
    const first = lowerBound(this.#recordOf, record)
    for (let at = first; at < this.#emails.length && this.#recordOf[at] === record; at++) {
      const email = this.#emails[at] as EmailId
      const row = this.state.emails.get(email)
      if (row === null) continue
      for (const { mailbox, uid } of this.state.membershipsOf(email)) {
        const columns = this.state.mailboxes.get(mailbox)?.columns
        const index = columns?.indexOf(uid) ?? -1
        const flags = index < 0 ? row.flags : (columns?.flags[index] as number)
        const { keywords, deleted } = this.state.flagSets.get(flags)
        places.push({ mailbox, uid, keywords, deleted, receivedAt: row.internalDate })
      }
    }
    return places
  }

  /** Whether the owner has ever had the message before him: if it is nowhere now, it was expunged. */
  wasFiled(record: number): boolean {
    return this.#records.wasFiled(record) || this.#known?.isFiled(record) === true
  }

  /** Null unless it was filed after the journal breaks off. */
  filedLater(record: number): FiledOnce | null {
    return this.#filedLater.get(record) ?? null
  }

  #take(seq: number, entry: JournalEntry, chain: ChainHead, payload: Buffer): ChainHead {
    if (this.journalBreak !== null) {
      this.#takeLoose(seq, entry.operations)
      return chain
    }
    const place = chainPosition(chain, entry)
    if (place === 'passOver') return chain
    if (place === 'broken') {
      this.#breaksAt(seq, 'missing')
      this.#takeLoose(seq, entry.operations)
      return chain
    }
    applyRecord(this.state, this.#records, seq, entry.operations)
    return nextHead(chain, payload)
  }

  #breaksAt(seq: number, reason: JournalBreak['reason']): void {
    this.journalBreak ??= { seq, reason, after: 0 }
  }

  /** Of a record after the break. */
  #takeLoose(seq: number, operations: readonly JournalOperation[]): void {
    if (this.journalBreak !== null) this.journalBreak = { ...this.journalBreak, after: this.journalBreak.after + 1 }
    for (const operation of operations) {
      if (operation.kind === 'set') {
        if (operation.value === null) this.settings.delete(operation.key)
        else this.settings.set(operation.key, operation.value)
      } else if (operation.kind === 'file') {
        const { mailboxes, keywords, internalDate: receivedAt } = operation
        const record = 'seq' in operation.record ? operation.record.seq : seq - operation.record.back
        if (!this.#filedLater.has(record)) this.#filedLater.set(record, { mailboxes, keywords, receivedAt })
      }
    }
  }

  #sortEmails(): void {
    const { emails } = this.state
    const ids = Uint32Array.from(emails.ids())
    ids.sort((a, b) => emails.recordOf(a) - emails.recordOf(b) || a - b)
    this.#emails = ids
    this.#recordOf = Float64Array.from(ids, (id) => emails.recordOf(id))
  }
}

/** Which records may be mail, and of which an e-mail was made: without an index. */
class FiledRecords implements MailRecords {
  readonly #mail = new PastRecords()
  readonly #filed = new PastRecords()

  add(record: number): void {
    this.#mail.add(record)
  }

  wasFiled(record: number): boolean {
    return this.#filed.isMail(record)
  }

  isMail(record: number): boolean {
    return this.#mail.isMail(record)
  }

  sizeOf(): number {
    return 0
  }

  named(): void {
    // It may have been filed nowhere.
  }

  began(record: number): void {
    this.#filed.add(record)
  }

  ended(): void {
    // Which e-mails there are is found in the state.
  }
}

/** The first place at which there is no smaller value. */
function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}
