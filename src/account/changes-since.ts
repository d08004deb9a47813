// What changed after some modseq, for JMAP's `/changes`. The columns tell what is there, the index what has gone; however old the state is that a
// client comes with, the answer is exact.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { AccountIndex } from './account-index.ts'
import type { ChangesSince } from './account.ts'
import type { Statement } from './index-database.ts'

export class ChangeHistory {
  readonly #index: AccountIndex
  readonly #emails: Statement
  readonly #mailboxes: Statement

  constructor(index: AccountIndex) {
    this.#index = index
    const { database } = index
    this.#emails = database.read('SELECT first, last FROM destroyed_email WHERE modseq > ?')
    this.#mailboxes = database.read('SELECT id FROM destroyed_mailbox WHERE modseq > ? ORDER BY id')
  }

  since(modseq: number): ChangesSince {
    const { state } = this.#index
    const created: EmailId[] = []
    const updated: EmailId[] = []
    for (const { id, changed, begun } of state.emails.changedSince(modseq)) {
      if (begun > modseq) created.push(id as EmailId)
      else if (changed > modseq) updated.push(id as EmailId)
    }
    const destroyed: EmailId[] = []
    for (const [first, last] of this.#emails.all(modseq)) {
      for (let id = first as number; id <= (last as number); id++) destroyed.push(id as EmailId)
    }
    const updatedMailboxes: MailboxId[] = []
    for (const mailbox of state.mailboxes.values()) {
      if (Math.max(mailbox.modseq, mailbox.highestModseq) > modseq) updatedMailboxes.push(mailbox.id)
    }
    return {
      created,
      updated,
      destroyed: destroyed.sort((a, b) => a - b),
      updatedMailboxes: updatedMailboxes.sort((a, b) => a - b),
      destroyedMailboxes: this.#mailboxes.all(modseq).map(([id]) => id as MailboxId),
    }
  }
}
