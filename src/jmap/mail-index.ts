// What JMAP keeps of an unlocked account beside the account itself: orders of its mailboxes, counts of threads, results of recent queries. Made when
// somebody asks, shared by all requests, and told of every change.

import type { MailboxId } from '#base/ids.ts'
import type { Account, Change } from '#account/account.ts'
import { EmailColumns } from './email-columns.ts'
import { MailboxOrder } from './mailbox-order.ts'
import { QueryCache } from './query-cache.ts'
import { ThreadCounts } from './thread-counts.ts'

/** Orders that are kept: those that were used last. */
const ORDERS_MAX = 32

export class MailIndex implements Disposable {
  readonly columns: EmailColumns
  readonly queries = new QueryCache()
  readonly threadCounts: ThreadCounts
  readonly #account: Account
  readonly #orders = new Map<MailboxId | 0, MailboxOrder>()
  readonly #subscription: Disposable

  constructor(account: Account) {
    this.#account = account
    this.columns = new EmailColumns(account)
    this.threadCounts = new ThreadCounts(account, this.columns)
    this.#subscription = account.subscribe((change) => this.#note(change))
  }

  /** Null: of all e-mails. */
  order(mailbox: MailboxId | null): MailboxOrder {
    const key = mailbox ?? 0
    const known = this.#orders.get(key)
    const order = known ?? new MailboxOrder(this.#account, this.columns, mailbox)
    // The last in the map is the one used last.
    this.#orders.delete(key)
    this.#orders.set(key, order)
    for (const [oldest] of this.#orders) {
      if (this.#orders.size <= ORDERS_MAX) break
      this.#orders.delete(oldest)
    }
    return order
  }

  #note({ emails }: Change): void {
    if (emails.length === 0) return
    // Before it is gone: which thread it was of.
    this.columns.learn(emails)
    for (const order of this.#orders.values()) order.note(emails)
    this.threadCounts.note(emails)
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
    this.#orders.clear()
  }
}
