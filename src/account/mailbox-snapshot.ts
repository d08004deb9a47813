// The list of mailboxes as sessions see it: plain values, made when they are asked for and kept until the next change.

import type { MailboxId, Modseq } from '#base/ids.ts'
import type { Mailbox } from './account.ts'
import { type AccountState, INBOX_NAME, type MailboxState, isInboxName } from './state.ts'

export class MailboxSnapshots {
  readonly #state: AccountState
  readonly #known = new Map<MailboxId, Mailbox>()
  #list: readonly Mailbox[] | null = null
  #byPath: ReadonlyMap<string, Mailbox> | null = null

  constructor(state: AccountState) {
    this.#state = state
  }

  /** Something of the state changed. */
  invalidate(): void {
    this.#known.clear()
    this.#list = null
    this.#byPath = null
  }

  /** In the order of their ids. */
  all(): readonly Mailbox[] {
    this.#list ??= Array.from(this.#state.mailboxes.keys())
      .sort((a, b) => a - b)
      .map((id) => this.get(id))
      .filter((mailbox) => mailbox !== null)
    return this.#list
  }

  get(id: MailboxId): Mailbox | null {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const mailbox = this.#state.mailboxes.get(id)
    if (mailbox === undefined) return null
    const snapshot = this.#snapshot(mailbox)
    this.#known.set(id, snapshot)
    return snapshot
  }

  byPath(path: string): Mailbox | null {
    this.#byPath ??= new Map(this.all().map((mailbox) => [mailbox.path, mailbox]))
    const slash = path.indexOf('/')
    const first = slash < 0 ? path : path.slice(0, slash)
    // RFC 9051 §5.1: INBOX, and what is below it, in any case.
    const key = isInboxName(first) ? INBOX_NAME + path.slice(first.length) : path
    return this.#byPath.get(key) ?? null
  }

  #path(mailbox: MailboxState): string {
    const parent = mailbox.parent === null ? undefined : this.#state.mailboxes.get(mailbox.parent)
    return parent === undefined ? mailbox.name : `${this.#path(parent)}/${mailbox.name}`
  }

  #snapshot(mailbox: MailboxState): Mailbox {
    const { id, parent, name, role, subscribed, sortOrder, uidValidity, sizeBytes, columns } = mailbox
    let unseen = 0
    let deleted = 0
    for (const [flags, count] of columns.flagCounts) {
      const set = this.#state.flagSets.get(flags)
      if (!set.keywords.includes('$seen')) unseen += count
      if (set.deleted) deleted += count
    }
    return {
      id,
      parent,
      name,
      path: this.#path(mailbox),
      role,
      subscribed,
      sortOrder,
      uidValidity,
      uidNext: columns.uidNext,
      modseq: mailbox.modseq as Modseq,
      highestModseq: mailbox.highestModseq as Modseq,
      messages: columns.count,
      unseen,
      deleted,
      sizeBytes,
    }
  }
}
