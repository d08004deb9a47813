// The e-mails of one mailbox, or of all, the newest first; and the newest of each thread (RFC 8621 §4.4.3). Made when it is first asked for, and
// brought up to date with what changed since, so that a page of the list costs what the page costs.

import type { EmailId, MailboxId, ThreadId } from '#base/ids.ts'
import type { TimeSlice } from '#base/time-slice.ts'
import type { Account } from '#account/account.ts'
import { DateOrder } from './date-order.ts'
import type { EmailColumns } from './email-columns.ts'
import { isShownIn } from './shown.ts'
import { sortIds } from '#base/sliced-sort.ts'

/** E-mails between two looks at the clock. */
const BATCH = 4096
/** When more have changed, the order is made again, in slices of time. */
const PENDING_MAX = 4096

export class MailboxOrder {
  readonly #account: Account
  readonly #columns: EmailColumns
  /** Null: all. */
  readonly #mailbox: MailboxId | null
  #all: DateOrder
  #threads: DateOrder | null = null
  /** E-mails that changed since the order was brought up to date. */
  readonly #pending = new Set<EmailId>()
  #work: Promise<void> | null = null
  #isBuilt = false

  constructor(account: Account, columns: EmailColumns, mailbox: MailboxId | null) {
    this.#account = account
    this.#columns = columns
    this.#mailbox = mailbox
    this.#all = new DateOrder(columns, new Uint32Array(0), 0)
  }

  /** Something happened to these e-mails. */
  note(emails: readonly EmailId[]): void {
    for (const email of emails) this.#pending.add(email)
    if (this.#work === null && this.#pending.size > PENDING_MAX) this.#forget()
  }

  #forget(): void {
    this.#isBuilt = false
    this.#threads = null
    this.#all = new DateOrder(this.#columns, new Uint32Array(0), 0)
    this.#pending.clear()
  }

  /** Up to date at the moment it is given to the caller, who must not wait before using it. */
  async use<T>(slice: TimeSlice, collapses: boolean, action: (order: DateOrder) => T): Promise<T> {
    for (;;) {
      if (this.#work !== null) await this.#work
      else if (!this.#isBuilt) await this.#exclusively(() => this.#build(slice))
      else if (collapses && this.#threads === null) await this.#exclusively(() => this.#collapse(slice))
      else {
        this.#settle()
        return action(collapses && this.#threads !== null ? this.#threads : this.#all)
      }
    }
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    this.#work = work()
    try {
      await this.#work
    } finally {
      this.#work = null
    }
  }

  async #build(slice: TimeSlice): Promise<void> {
    this.#pending.clear()
    const { ids, count } = await this.#collect(slice)
    const sorted = await sortIds(ids, count, this.#columns.compareDates, slice)
    this.#all = new DateOrder(this.#columns, sorted, count)
    this.#isBuilt = true
  }

  /** All that are shown now, and known to the columns. What changes meanwhile is pending. */
  async #collect(slice: TimeSlice): Promise<{ ids: Uint32Array<ArrayBuffer>; count: number }> {
    const account = this.#account
    const mailboxes = this.#mailbox === null ? account.mailboxes().map(({ id }) => id) : [this.#mailbox]
    const total = mailboxes.reduce((sum, id) => sum + (account.view(id)?.count ?? 0), 0)
    const ids = new Uint32Array(total)
    const seen = mailboxes.length === 1 ? null : new Uint8Array(account.nextEmail)
    let count = 0
    for (const mailbox of mailboxes) {
      const view = account.view(mailbox)
      if (view === null) continue
      // The arrays are replaced, not shifted, when memberships end.
      const { count: members, emails } = view
      for (let start = 0; start < members; start += BATCH) {
        const end = Math.min(start + BATCH, members)
        const first = count
        const isWhole = view.emails === emails && !this.#hidesSome(mailbox)
        for (let at = start; at < end && count < total; at++) {
          const email = emails[at] as EmailId
          if (seen !== null && seen[email] !== 0) continue
          if (!isWhole && !isShownIn(account, email, this.#mailbox)) continue
          if (seen !== null) seen[email] = 1
          ids[count++] = email
        }
        this.#columns.learn(ids.subarray(first, count))
        if (slice.isOver) await slice.next()
      }
    }
    return { ids, count }
  }

  #hidesSome(mailbox: MailboxId): boolean {
    return (this.#account.mailbox(mailbox)?.deleted ?? 0) > 0
  }

  /** The newest of each thread, from those in order. */
  async #collapse(slice: TimeSlice): Promise<void> {
    this.#settle()
    const all = this.#all
    const { length } = all
    const ids = new Uint32Array(length)
    const seen = new Uint8Array(this.#account.nextEmail)
    let count = 0
    for (let position = 0; position < length; position++) {
      if (position % BATCH === 0 && slice.isOver) await slice.next()
      const email = all.at(position)
      const thread = this.#columns.thread(email)
      if (seen[thread] !== 0) continue
      seen[thread] = 1
      // The oldest first, as an order keeps them.
      ids[length - 1 - count++] = email
    }
    this.#threads = new DateOrder(this.#columns, ids.slice(length - count), count)
  }

  /** Takes in what is pending. */
  #settle(): void {
    if (this.#pending.size === 0) return
    const changed = [...this.#pending]
    this.#pending.clear()
    this.#columns.learn(changed)
    const known = changed.filter((email) => this.#columns.thread(email) !== 0)
    const shown = known.filter((email) => isShownIn(this.#account, email, this.#mailbox))
    const isShown = new Set(shown)
    this.#all.change(
      known.filter((email) => !isShown.has(email)),
      shown,
    )
    if (this.#threads !== null) this.#settleThreads(this.#threads, known)
  }

  #settleThreads(order: DateOrder, changed: readonly EmailId[]): void {
    const byThread = Map.groupBy(changed, (email) => this.#columns.thread(email) as ThreadId)
    const removed: number[] = []
    const added: number[] = []
    for (const [thread, emails] of byThread) {
      const members = this.#account.thread(thread)
      // Which one stood for the thread is among those that are there, and those that just changed.
      const newest = members.findLast((email) => isShownIn(this.#account, email, this.#mailbox))
      for (const email of [...members, ...emails]) if (email !== newest) removed.push(email)
      if (newest !== undefined) added.push(newest)
    }
    this.#columns.learn(added)
    order.change(removed, added)
  }
}
