// Which e-mail of now is one of then. Ids are never given out again, so that most are found by theirs. One that has gone is found again if a
// restore brought it back; or if there is a copy of it in one of its mailboxes: then nothing is missing.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { EmailRow } from '#account/email-table.ts'
import type { AccountState } from '#account/state.ts'
import type { PastAccount } from './past-account.ts'

export class EmailMatch {
  readonly #past: PastAccount
  readonly #now: AccountState
  /** E-mails of now that began after then, by record. */
  readonly #since = new Map<number, EmailId[]>()
  readonly #found = new Map<EmailId, EmailId>()
  readonly #taken = new Set<EmailId>()

  constructor(past: PastAccount, now: AccountState) {
    this.#past = past
    this.#now = now
    for (const { id } of now.emails.from(past.state.emails.next)) this.began(now.emails.recordOf(id), id as EmailId)
  }

  /** An e-mail was made of the record. */
  began(record: number, email: EmailId): void {
    const others = this.#since.get(record)
    if (others === undefined) this.#since.set(record, [email])
    else others.push(email)
  }

  /** The e-mail was made for this one of then. */
  bind(then: EmailId, now: EmailId): void {
    this.#found.set(then, now)
    this.#taken.add(now)
  }

  /** Null: it has gone. `mailboxes`: of now, where it would be. */
  find(then: EmailId, { record, internalDate }: EmailRow, mailboxes: readonly MailboxId[]): EmailId | null {
    if (this.#now.emails.recordOf(then) === record) return then
    const known = this.#found.get(then)
    if (known !== undefined) return this.#now.emails.has(known) ? known : null
    const free = (this.#since.get(record) ?? []).filter(
      (id) => !this.#taken.has(id) && this.#now.emails.get(id)?.internalDate === internalDate,
    )
    const match =
      free.find((id) => this.isRestored(id)) ??
      free.find((id) => this.#now.membershipsOf(id).some(({ mailbox }) => mailboxes.includes(mailbox)))
    if (match === undefined) return null
    this.bind(then, match)
    return match
  }

  /** A restore made this e-mail after then. */
  isRestored(id: EmailId): boolean {
    const row = this.#now.emails.get(id)
    return row !== null && this.#past.restored.isRestored(row)
  }

  /** E-mails of now that are none of then. */
  *others(): Generator<EmailId> {
    for (const { id } of this.#now.emails.from(this.#past.state.emails.next)) {
      if (!this.#taken.has(id as EmailId)) yield id as EmailId
    }
  }
}
