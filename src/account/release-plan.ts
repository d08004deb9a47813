// Which records operations will leave without an e-mail, or give one again: told before they are written, so that the log's release goes along with them. One append
// of an account is under way at a time, so that the state is the one they will be applied to. Only what is certain is told as left, whatever else the operations do;
// what remains is found when they have been applied (releases.ts).

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { MailStore } from './mail-store.ts'
import { indexesOf } from './membership.ts'
import type { JournalOperation } from './operation.ts'
import type { Naming } from './releases.ts'
import { type AccountState, INBOX, type MailboxState } from './state.ts'

const NOTHING: Naming = { named: [], unnamed: [] }

export function namingOf(state: AccountState, mails: MailStore, operations: readonly JournalOperation[]): Naming {
  const matters = operations.some(
    (operation) =>
      operation.kind === 'remove' ||
      operation.kind === 'destroyMailbox' ||
      (operation.kind === 'file' && 'seq' in operation.record),
  )
  if (!matters) return NOTHING
  const plan = new NamingPlan(state, mails)
  for (const operation of operations) plan.add(operation)
  return plan.finish()
}

class NamingPlan {
  readonly #state: AccountState
  readonly #mails: MailStore
  /** Mailboxes that e-mails leave. */
  readonly #left = new Map<EmailId, MailboxId[]>()
  /** Records of which e-mails are made, or get into other mailboxes. */
  readonly #kept = new Set<number>()
  readonly #named = new Set<number>()
  /** Mailboxes are not all that they were. */
  #isListChanged = false

  constructor(state: AccountState, mails: MailStore) {
    this.#state = state
    this.#mails = mails
  }

  add(operation: JournalOperation): void {
    const { mailboxes, emails } = this.#state
    switch (operation.kind) {
      case 'remove': {
        const mailbox = mailboxes.get(operation.mailbox)
        if (mailbox === undefined) return
        for (const index of indexesOf(mailbox.columns, operation.set)) this.#leave(mailbox, index)
        return
      }
      case 'destroyMailbox': {
        const mailbox = mailboxes.get(operation.mailbox)
        if (operation.destroyEmails && mailbox !== undefined && this.#isDestroyed(mailbox)) {
          for (let index = 0; index < mailbox.columns.count; index++) this.#leave(mailbox, index)
        }
        this.#isListChanged = true
        return
      }
      case 'createMailbox':
      case 'updateMailbox':
        this.#isListChanged = true
        return
      case 'file':
        if ('seq' in operation.record) this.#file(operation.record.seq)
        return
      case 'addToMailbox':
      case 'move': {
        const columns = operation.from === null ? null : (mailboxes.get(operation.from)?.columns ?? null)
        if (columns !== null) {
          for (const index of indexesOf(columns, operation.set)) this.#keep(columns.emails[index] as EmailId)
        } else if (operation.from === null) for (const email of liveIn(emails, operation.set)) this.#keep(email)
        return
      }
      case 'setMailboxes':
        for (const email of liveIn(emails, operation.emails)) this.#keep(email)
        return
      case 'changeKeywords':
      case 'markDeleted':
      case 'set':
        return
    }
  }

  finish(): Naming {
    const ended = new Set<EmailId>()
    for (const [email, left] of this.#left) if (this.#isAll(email, left)) ended.add(email)
    const unnamed = new Set<number>()
    for (const email of ended) {
      const record = this.#state.emails.recordOf(email)
      if (record < 0 || this.#kept.has(record)) continue
      const isLast =
        !this.#mails.mayHaveCopies(record) || this.#mails.emailsOf(record).every((other) => ended.has(other))
      if (isLast) unnamed.add(record)
    }
    return { named: inOrder(this.#named), unnamed: inOrder(unnamed) }
  }

  #leave({ id, columns }: MailboxState, index: number): void {
    const email = columns.emails[index] as EmailId
    const left = this.#left.get(email)
    if (left === undefined) this.#left.set(email, [id])
    else if (!left.includes(id)) left.push(id)
  }

  #isAll(email: EmailId, left: readonly MailboxId[]): boolean {
    const { extras } = this.#state
    if (!extras.has(email)) return true
    return this.#state.membershipsOf(email).every(({ mailbox }) => left.includes(mailbox))
  }

  #keep(email: EmailId): void {
    this.#kept.add(this.#state.emails.recordOf(email))
  }

  #file(record: number): void {
    this.#kept.add(record)
    if (this.#mails.isMail(record) && !this.#mails.isNamed(record)) this.#named.add(record)
  }

  #isDestroyed(mailbox: MailboxState): boolean {
    return !this.#isListChanged && mailbox.id !== INBOX && !this.#state.hasChildren(mailbox.id)
  }
}

/** E-mails of the set that are there. */
function* liveIn(
  emails: AccountState['emails'],
  set: readonly (readonly [first: number, last: number])[],
): Generator<EmailId> {
  for (const [first, last] of set) {
    for (const { id } of emails.from(first)) {
      if (id > last) break
      yield id as EmailId
    }
  }
}

function inOrder(records: ReadonlySet<number>): number[] {
  return [...records].sort((a, b) => a - b)
}
