// What a client could see of the account in memory after each of its commits, written down in full, so that what changed since any of them can be
// read off.

import type { EmailId, MailboxId, Modseq, ThreadId } from '#base/ids.ts'
import type { ChangesSince, EmailChange } from '#account/account.ts'

/** What was seen of one e-mail from `modseq` on; null while it was not to be seen. */
interface Seen {
  readonly modseq: number
  readonly value: string | null
}

export class MemoryHistory {
  readonly #emails = new Map<EmailId, { readonly thread: ThreadId; readonly seen: Seen[] }>()
  readonly #marks: { readonly email: EmailId; readonly modseq: Modseq }[] = []
  readonly #destroyedMailboxes: { readonly id: MailboxId; readonly modseq: number }[] = []

  /** `value`: anything that differs when what is seen does. */
  saw(email: EmailId, thread: ThreadId, modseq: Modseq, value: string | null): void {
    const known = this.#emails.get(email) ?? { thread, seen: [] }
    if ((known.seen.at(-1)?.value ?? null) !== value) known.seen.push({ modseq, value })
    this.#emails.set(email, known)
  }

  /** `\\Deleted` was set or removed. */
  marked(email: EmailId, modseq: Modseq): void {
    this.#marks.push({ email, modseq })
  }

  mailboxDestroyed(id: MailboxId, modseq: number): void {
    this.#destroyedMailboxes.push({ id, modseq })
  }

  since(modseq: Modseq, after: number): ChangesSince {
    const created: EmailChange[] = []
    const updated: EmailChange[] = []
    const destroyed: EmailChange[] = []
    for (const [email, { thread, seen }] of this.#emails) {
      const isKnown = (at: Seen): boolean => at.modseq < modseq || (at.modseq === modseq && email <= after)
      const then = seen.findLast(isKnown)?.value ?? null
      const now = seen.at(-1)?.value ?? null
      const later = seen.filter((at) => !isKnown(at))
      const last = later.at(-1)
      if (last === undefined) continue
      const isMarked = this.#marks.some((mark) => mark.email === email && mark.modseq >= modseq)
      const change = { email, thread, modseq: last.modseq as Modseq, isMarked }
      if (now === null) destroyed.push(change)
      else if (then !== null) updated.push(change)
      else created.push({ ...change, modseq: later.find(({ value }) => value !== null)?.modseq as Modseq })
    }
    return { created, updated, destroyed }
  }

  destroyedMailboxes(modseq: Modseq): MailboxId[] {
    return this.#destroyedMailboxes.filter((one) => one.modseq > modseq).map(({ id }) => id)
  }
}
