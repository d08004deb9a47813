// By record, the e-mail that was made of it first, in 4 bytes of memory each: for who asks for many. Made when somebody first asks.

import type { EmailId } from '#base/ids.ts'
import type { EmailTable } from './email-table.ts'

export class FirstEmails {
  readonly #emails: EmailTable
  readonly #isCopy: (email: EmailId) => boolean
  #firsts = new Uint32Array(0)
  /** E-mails below this id are in it. */
  #next = 1

  /** `isCopy`: another e-mail was made of its record before. */
  constructor(emails: EmailTable, isCopy: (email: EmailId) => boolean) {
    this.#emails = emails
    this.#isCopy = isCopy
  }

  /** False: an e-mail has begun since `learn`. */
  get isComplete(): boolean {
    return this.#next === this.#emails.next
  }

  learn(): void {
    if (this.isComplete) return
    for (const { id } of this.#emails.from(this.#next)) {
      const record = this.#emails.recordOf(id)
      if (this.#isCopy(id as EmailId)) continue
      if (record >= this.#firsts.length) {
        const grown = new Uint32Array(record + 1 + (record >>> 2))
        grown.set(this.#firsts)
        this.#firsts = grown
      }
      this.#firsts[record] = id
    }
    this.#next = this.#emails.next
  }

  /** It may have ended. Undefined: there is none, or it had ended when this was learnt. */
  of(record: number): EmailId | undefined {
    const email = this.#firsts[record]
    return email === 0 ? undefined : (email as EmailId | undefined)
  }
}
