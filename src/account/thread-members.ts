// Which e-mails are in a thread. Made when somebody first asks, and kept up to date from then on; most threads have one, whose id needs no array.

import type { EmailId, ThreadId } from '#base/ids.ts'
import type { EmailTable } from './email-table.ts'

export class ThreadMembers {
  readonly #emails: EmailTable
  #members: Map<number, EmailId | EmailId[]> | null = null
  /** E-mails below this id are known. */
  #next = 1

  constructor(emails: EmailTable) {
    this.#emails = emails
  }

  /** The oldest first, by internal date (RFC 8621 §3). */
  of(thread: ThreadId): EmailId[] {
    if (this.#members === null) {
      this.#members = new Map()
      for (const id of this.#emails.ids()) this.#add(this.#members, id as EmailId)
    } else {
      for (let id = this.#next; id < this.#emails.next; id++) this.#add(this.#members, id as EmailId)
    }
    this.#next = this.#emails.next
    const members = this.#members.get(thread)
    if (members === undefined) return []
    const live = (Array.isArray(members) ? members : [members]).filter((id) => this.#emails.has(id))
    if (Array.isArray(members) && live.length < members.length) this.#members.set(thread, live)
    const dateOf = (id: EmailId): number => this.#emails.get(id)?.internalDate ?? 0
    return live.toSorted((a, b) => dateOf(a) - dateOf(b) || a - b)
  }

  #add(members: Map<number, EmailId | EmailId[]>, id: EmailId): void {
    const thread = this.#emails.get(id)?.thread
    if (thread === undefined) return
    const before = members.get(thread)
    if (before === undefined) members.set(thread, id)
    else if (Array.isArray(before)) before.push(id)
    else members.set(thread, [before, id])
  }
}
