// Which thread a message joins. It is chosen once, when the message is filed, from what is filed then, and recorded with the operation:
// threads never merge later, and a rebuild chooses nothing.

import type { ThreadId } from '#base/ids.ts'
import type { EmailTable } from './email-table.ts'
import type { IndexDatabase, Statement } from './index-database.ts'
import type { MailStore } from './mail-store.ts'

export class ThreadStore {
  readonly #emails: EmailTable
  readonly #mails: MailStore
  readonly #put: Statement
  readonly #delete: Statement
  readonly #find: Statement

  constructor(database: IndexDatabase, emails: EmailTable, mails: MailStore) {
    this.#emails = emails
    this.#mails = mails
    this.#put = database.write('INSERT OR IGNORE INTO thread_reference (hash, record) VALUES (?, ?)')
    this.#delete = database.write('DELETE FROM thread_reference WHERE hash = ? AND record = ?')
    this.#find = database.read('SELECT record FROM thread_reference WHERE hash = ? ORDER BY record LIMIT 100')
  }

  /** `hashes` as derived from the message of the record. */
  add(record: number, hashes: readonly number[]): void {
    for (const hash of hashes) this.#put.run(hash, record)
  }

  remove(record: number, hashes: readonly number[]): void {
    for (const hash of hashes) this.#delete.run(hash, record)
  }

  /** The thread of the oldest message that shares the nearest reference; null for a message that begins its own. */
  choose(hashes: readonly number[]): ThreadId | null {
    for (const hash of hashes) {
      for (const [record] of this.#find.all(hash)) {
        const [email] = this.#mails.emailsOf(record as number)
        if (email !== undefined) return (this.#emails.get(email)?.thread ?? null) as ThreadId | null
      }
    }
    return null
  }
}
