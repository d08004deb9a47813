// The selected mailbox as its client knows it: the messages it was told of, in order.
//
// A message sequence number is a position in what the client was told, not in what is there now (RFC 3501 §2.3.1.2, §7.4.1):
// with several sessions on a mailbox the two differ until `updates.ts` brings the client up to date. The arrays are those of the
// MailboxView, kept by reference: a view replaces them when a membership ends, and only ever appends to them otherwise.

import type { MailboxId } from '#base/ids.ts'
import type { Account, Change, MailboxView } from '#account/account.ts'
import { PendingUids } from './pending-uids.ts'
import type { SearchContexts } from './search-contexts.ts'
import type { RecentRanges } from './recent-marks.ts'
import type { Ranges } from './sequence-set.ts'

/** Positions in the client's list, both inclusive, from 0; increasing. */
export type Spans = (readonly [first: number, last: number])[]

export class SelectedMailbox {
  readonly id: MailboxId
  readonly uidValidity: number
  readonly isReadOnly: boolean
  /** Increasing; entries at `count` and beyond mean nothing. */
  uids: Uint32Array
  emails: Uint32Array
  count: number
  readonly recent: RecentRanges
  /** Flags of these changed. */
  readonly pending = new PendingUids()
  /** Flags of these changed, too, but the client does not want to be told (RFC 5465). */
  readonly held = new PendingUids()
  /** Searches that the client is kept up to date with. */
  contexts: SearchContexts | null = null
  /** The keywords that the client was told exist here, joined. */
  toldKeywords = ''
  /** Everything up to this modseq the client was told, or is about to be. */
  toldModseq: number
  /** The client was told that it does not know everything up to the modseqs that it sees. */
  isBehind = false
  readonly #account: Account
  #generation: number

  constructor(account: Account, view: MailboxView, uidValidity: number, isReadOnly: boolean, recent: RecentRanges) {
    this.id = view.mailbox
    this.uidValidity = uidValidity
    this.isReadOnly = isReadOnly
    this.uids = view.uids
    this.emails = view.emails
    this.count = view.count
    this.recent = recent
    this.#account = account
    this.toldModseq = modseqOf(account, view.mailbox)
    this.#generation = view.generation
  }

  /** What is there now, or null if the mailbox was destroyed. */
  live(): MailboxView | null {
    return this.#account.view(this.id)
  }

  /** Every message that the client knows is where it was in the live view. */
  isAligned(live: MailboxView): boolean {
    return live.generation === this.#generation
  }

  /** The position in the live view of a message that the client knows, or -1 if it is gone. */
  livePosition(live: MailboxView, position: number): number {
    return this.isAligned(live) ? position : live.indexOf(this.uids[position] as number)
  }

  /** From now on the client's list is the live one. */
  adopt(live: MailboxView | null): void {
    this.uids = live?.uids ?? new Uint32Array(0)
    this.emails = live?.emails ?? new Uint32Array(0)
    this.count = live?.count ?? 0
    this.#generation = live?.generation ?? -1
    if (this.held.isEmpty) this.toldModseq = modseqOf(this.#account, this.id)
  }

  /** `isHeld`: the client is not told of flags. */
  noteChange(change: Change, isHeld: boolean): void {
    const changed = change.mailboxes.get(this.id)?.changed ?? []
    this.contexts?.noteChanged(changed)
    if (isHeld) this.held.add(changed)
    else this.pending.add(changed)
  }

  /** What was held is to be told after all. */
  release(): void {
    if (!this.held.isEmpty) this.pending.add(this.held.take())
  }

  /** The first position with a UID of at least `uid`; `count` if there is none. */
  positionFrom(uid: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.uids[middle] as number) < uid) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Of a UID, or -1. */
  positionOf(uid: number): number {
    const position = this.positionFrom(uid)
    return position < this.count && this.uids[position] === uid ? position : -1
  }

  largestUid(): number {
    return this.count === 0 ? 0 : (this.uids[this.count - 1] as number)
  }

  spansOfUids(uids: Ranges): Spans {
    const spans: [number, number][] = []
    for (const [first, last] of uids) {
      const from = this.positionFrom(first)
      const to = this.positionFrom(last + 1) - 1
      if (from > to) continue
      const previous = spans.at(-1)
      if (previous !== undefined && previous[1] + 1 === from) previous[1] = to
      else spans.push([from, to])
    }
    return spans
  }

  spansOfNumbers(numbers: Ranges): Spans {
    const spans: [number, number][] = []
    for (const [first, last] of numbers) {
      const to = Math.min(last, this.count) - 1
      if (first - 1 <= to && to >= 0) spans.push([Math.max(first, 1) - 1, to])
    }
    return spans
  }

  /** UIDs between the first and last of a span are those of its messages and of no other, because UIDs only grow. */
  uidRanges(spans: Spans): Ranges {
    return spans.map(([first, last]) => [this.uids[first] as number, this.uids[last] as number] as const)
  }

  recentCount(): number {
    let count = 0
    for (const [first, last] of this.recent) count += this.positionFrom(last + 1) - this.positionFrom(first)
    return count
  }
}

function modseqOf(account: Account, mailbox: MailboxId): number {
  return Math.max(1, account.mailbox(mailbox)?.highestModseq ?? 1)
}
