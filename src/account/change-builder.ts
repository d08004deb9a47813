// What one journal record changed, as it is applied: told to sessions afterwards, and to the index.

import type { EmailId, MailboxId, Modseq } from '#base/ids.ts'
import type { Change, MailboxChange } from './account.ts'
import type { Before } from './visibility.ts'

class MailboxChangeBuilder {
  readonly added = new Set<number>()
  readonly removed = new Set<number>()
  readonly changed = new Set<number>()

  build(): MailboxChange {
    return { added: sorted(this.added), removed: sorted(this.removed), changed: sorted(this.changed) }
  }
}

function sorted(uids: Set<number>): number[] {
  return Array.from(uids).sort((a, b) => a - b)
}

export class ChangeBuilder {
  readonly #mailboxes = new Map<MailboxId, MailboxChangeBuilder>()
  readonly settings = new Set<string>()
  /** Mailboxes created, changed or destroyed. */
  mailboxList = false
  readonly destroyedMailboxes: MailboxId[] = []
  /** E-mails that the record has begun. */
  readonly begun = new Set<EmailId>()
  /** Others whose visibility may have changed. */
  readonly before = new Map<EmailId, Before>()
  readonly #emails = new Set<EmailId>()

  began(email: EmailId): void {
    this.begun.add(email)
  }

  added(mailbox: MailboxId, uid: number, email: EmailId): void {
    this.#of(mailbox).added.add(uid)
    this.#emails.add(email)
  }

  removed(mailbox: MailboxId, uid: number, email: EmailId): void {
    this.#emails.add(email)
    const change = this.#of(mailbox)
    change.changed.delete(uid)
    // Nobody was told of one that came with the same record.
    if (!change.added.delete(uid)) change.removed.add(uid)
  }

  changed(mailbox: MailboxId, uid: number, email: EmailId): void {
    this.#emails.add(email)
    const change = this.#of(mailbox)
    if (!change.added.has(uid)) change.changed.add(uid)
  }

  setting(key: string): void {
    this.settings.add(key)
  }

  mailboxDestroyed(mailbox: MailboxId): void {
    this.#mailboxes.delete(mailbox)
    this.mailboxList = true
    this.destroyedMailboxes.push(mailbox)
  }

  /** UIDs of memberships that ended, increasing, by mailbox. */
  *removals(): Generator<readonly [MailboxId, readonly number[]]> {
    for (const [mailbox, { removed }] of this.#mailboxes) if (removed.size > 0) yield [mailbox, sorted(removed)]
  }

  /** E-mails that began, ended or changed. */
  get emailCount(): number {
    return this.#emails.size
  }

  /** Whether it did anything to e-mails. */
  get touchesEmails(): boolean {
    return this.#emails.size > 0
  }

  build(modseq: Modseq): Change {
    const mailboxes = new Map<MailboxId, MailboxChange>()
    for (const [mailbox, change] of this.#mailboxes) mailboxes.set(mailbox, change.build())
    const emails = sorted(this.#emails) as EmailId[]
    return { modseq, mailboxes, emails, mailboxList: this.mailboxList, settings: [...this.settings] }
  }

  #of(mailbox: MailboxId): MailboxChangeBuilder {
    let change = this.#mailboxes.get(mailbox)
    if (change === undefined) {
      change = new MailboxChangeBuilder()
      this.#mailboxes.set(mailbox, change)
    }
    return change
  }
}
