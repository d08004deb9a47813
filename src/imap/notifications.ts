// What a session that said NOTIFY (RFC 5465) has not been told yet of mailboxes that are not selected.
//
// Kept are the mailboxes in which something happened, and not what: the client is told how they are when it can be told. Events of names,
// subscriptions and annotations are kept one by one. Both are bounded: beyond that the client is told that it will be told no more
// (NOTIFICATIONOVERFLOW, §5.8), and nothing is kept.

import type { MailboxId } from '#base/ids.ts'
import type { Account, Change } from '#account/account.ts'
import type { MailboxEvent } from './mailbox-events.ts'
import { parentPath } from './mailbox-name.ts'
import {
  EXPUNGED,
  FLAGS,
  METADATA,
  NAMES,
  NEW,
  NOTHING,
  type NotifySet,
  SERVER_METADATA,
  SUBSCRIPTIONS,
} from './notify-parse.ts'
import type { FilteredMailbox } from './mailbox-filter.ts'

const MAILBOXES_MAX = 1_000
const EVENTS_MAX = 1_000

/** What happened in one mailbox. */
export interface Happened {
  bits: number
  /** Messages that came. */
  added: number
}

export class Notifications {
  #set: NotifySet
  #watch: Disposable | null = null
  #mailboxes = new Map<MailboxId, Happened>()
  #events: MailboxEvent[] = []
  #hasOverflowed = false
  /** Messages that this session itself brought into the selected mailbox: nothing of them is fetched (RFC 5465 §5.2). */
  readonly ownUids = new Set<number>()

  constructor(set: NotifySet, watch: (listener: (events: readonly MailboxEvent[]) => void) => Disposable) {
    this.#set = set
    const needed = NAMES | SUBSCRIPTIONS | METADATA | SERVER_METADATA | FLAGS
    if (set.groups.some(({ events }) => (events & needed) !== 0)) this.#watch = watch((events) => this.#note(events))
  }

  get set(): NotifySet {
    return this.#set
  }

  /** The client is told of something at any time. */
  get isActive(): boolean {
    return this.hasNews || this.#set.groups.length > 0 || this.#set.selected.messages !== 'none'
  }

  stop(): void {
    this.#watch?.[Symbol.dispose]()
    this.#watch = null
    this.#set = NOTHING
    this.#mailboxes.clear()
    this.#events = []
  }

  /** Events that are asked for of a mailbox that is not selected. */
  wanted(mailbox: FilteredMailbox): number {
    let wanted = 0
    for (const { matches, events } of this.#set.groups)
      if ((events & ~wanted) !== 0 && matches(mailbox)) wanted |= events
    return wanted
  }

  noteChange(change: Change, account: Account, selected: MailboxId | null): void {
    if (this.#set.groups.length === 0) return
    for (const [id, { added, removed, changed }] of change.mailboxes) {
      if (id === selected) continue
      const bits = (added.length > 0 ? NEW : 0) | (removed.length > 0 ? EXPUNGED : 0) | (changed.length > 0 ? FLAGS : 0)
      const mailbox = account.mailbox(id)
      const wanted = mailbox === null ? 0 : this.wanted(mailbox) & bits
      if (wanted !== 0) this.#happened(id, wanted, added.length)
    }
  }

  #happened(id: MailboxId, bits: number, added: number): void {
    const happened = this.#mailboxes.get(id) ?? { bits: 0, added: 0 }
    happened.bits |= bits
    happened.added += added
    this.#mailboxes.set(id, happened)
    if (this.#mailboxes.size > MAILBOXES_MAX) this.#overflow()
  }

  #note(events: readonly MailboxEvent[]): void {
    for (const event of events) {
      const wanted = this.wanted(event) | this.#wantedBefore(event)
      // RFC 5465 §5.1: a name may stand for another mailbox now, with another UIDVALIDITY.
      const isOther = event.kind === 'created' || event.kind === 'renamed' || event.kind === 'moved'
      if (isOther && event.id !== null && (this.wanted(event) & FLAGS) !== 0) this.#happened(event.id, FLAGS, 0)
      if (this.#isTold(event, wanted)) this.#events.push(event)
    }
    if (this.#events.length > EVENTS_MAX) this.#overflow()
  }

  /** Of what it was before: under another name, or with another subscription. */
  #wantedBefore(event: MailboxEvent): number {
    if (event.kind === 'renamed') return this.wanted({ ...event, path: event.oldPath })
    return event.kind === 'subscription' ? this.wanted({ ...event, subscribed: !event.subscribed }) : 0
  }

  #isTold(event: MailboxEvent, wanted: number): boolean {
    switch (event.kind) {
      case 'created':
      case 'deleted':
        return (wanted & NAMES) !== 0 || this.#wantsParent(event.path)
      case 'renamed':
        return (wanted & NAMES) !== 0
      case 'moved':
        return false
      case 'subscription':
        return (wanted & SUBSCRIPTIONS) !== 0
      case 'metadata':
        if (event.id !== null) return (wanted & METADATA) !== 0
        return this.#set.groups.some(({ events }) => (events & SERVER_METADATA) !== 0)
    }
  }

  /** RFC 5465 §5.4: the mailbox above is affected, too. */
  #wantsParent(path: string): boolean {
    const above = parentPath(path)
    return above !== null && (this.wanted({ id: null, path: above, subscribed: false }) & NAMES) !== 0
  }

  /** What this session itself did, the client knows (RFC 5465 §5). */
  forgetEvents(isOwn: (event: MailboxEvent) => boolean): void {
    this.#events = this.#events.filter((event) => {
      if (!isOwn(event)) return true
      // That there is another mailbox of that name, too.
      if (event.id !== null && this.#mailboxes.get(event.id)?.bits === FLAGS) this.#mailboxes.delete(event.id)
      return false
    })
  }

  /** Messages that this session itself brought into a mailbox. */
  forgetAdded(mailbox: MailboxId, uids: readonly number[], isSelected: boolean): void {
    if (isSelected) {
      if (this.#set.selected.items.length > 0) for (const uid of uids) this.ownUids.add(uid)
      return
    }
    const happened = this.#mailboxes.get(mailbox)
    if (happened?.bits === NEW && happened.added === uids.length) this.#mailboxes.delete(mailbox)
  }

  #overflow(): void {
    this.stop()
    this.#hasOverflowed = true
  }

  get hasNews(): boolean {
    return this.#hasOverflowed || this.#mailboxes.size > 0 || this.#events.length > 0
  }

  /** All that waits; nothing does afterwards. */
  take(): {
    readonly hasOverflowed: boolean
    readonly mailboxes: ReadonlyMap<MailboxId, Happened>
    readonly events: readonly MailboxEvent[]
  } | null {
    if (!this.hasNews) return null
    const taken = { hasOverflowed: this.#hasOverflowed, mailboxes: this.#mailboxes, events: this.#events }
    this.#hasOverflowed = false
    this.#mailboxes = new Map()
    this.#events = []
    return taken
  }
}
