// Which e-mails are in a thread. Made when somebody first asks, and kept up to date from then on: for each thread its latest e-mail, and for
// each e-mail the one before it in its thread, 8 bytes together.

import type { EmailId, ThreadId } from '#base/ids.ts'
import type { EmailTable } from './email-table.ts'

export class ThreadMembers {
  readonly #emails: EmailTable
  /** By thread. */
  #latest = new Uint32Array(0)
  /** By e-mail; 0 for the first. */
  #before = new Uint32Array(0)
  /** E-mails below this id are known. */
  #next = 1

  constructor(emails: EmailTable) {
    this.#emails = emails
  }

  /** The oldest first, by internal date (RFC 8621 §3). */
  of(thread: ThreadId): EmailId[] {
    this.#learn()
    const found: EmailId[] = []
    let after = 0
    for (let id = this.#latest[thread] ?? 0; id !== 0; id = this.#before[id] as number) {
      if (this.#emails.has(id)) {
        found.push(id as EmailId)
        after = id
      } else if (after === 0) this.#latest[thread] = this.#before[id] as number
      else this.#before[after] = this.#before[id] as number
    }
    if (found.length < 2) return found
    const dates = new Map(found.map((id) => [id, this.#emails.get(id)?.internalDate ?? 0]))
    return found.sort((a, b) => (dates.get(a) ?? 0) - (dates.get(b) ?? 0) || a - b)
  }

  #learn(): void {
    const { next } = this.#emails
    if (this.#next === next) return
    if (this.#before.length < next) {
      const capacity = next + (next >>> 2)
      const grown = (column: Uint32Array): Uint32Array<ArrayBuffer> => {
        const larger = new Uint32Array(capacity)
        larger.set(column)
        return larger
      }
      this.#latest = grown(this.#latest)
      this.#before = grown(this.#before)
    }
    for (const { id, thread } of this.#emails.from(this.#next)) {
      this.#before[id] = this.#latest[thread] as number
      this.#latest[thread] = id
    }
    this.#next = next
  }
}
