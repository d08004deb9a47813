// The columns of the state in the index: e-mails by ranges of 1,024 ids, memberships by ranges of 1,024 UIDs, each range one blob. Changing
// the flags of 20,000 messages writes 40 of them, and opening the account reads them at the speed of memory.
//
// Where an e-mail's memberships are is not stored with it: it follows from the mailboxes.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { EmailChunk, EmailTable } from './email-table.ts'
import { type IndexDatabase, IndexDamagedError, type Statement } from './index-database.ts'
import { type MailboxColumns, UID_CHUNK_SHIFT } from './mailbox-columns.ts'
import { packColumns, unpackColumns } from './packed-columns.ts'
import type { AccountState } from './state.ts'

/** A chunk's key: 22 bits for its number, which is an id or UID shifted; above them the mailbox, or 0 for e-mails. */
const CHUNKS_PER_OWNER = 2 ** (32 - UID_CHUNK_SHIFT)
const UIDS_PER_CHUNK = 2 ** UID_CHUNK_SHIFT
const EMAILS = 0

const EMAIL_WIDE = 4
const EMAIL_NARROW = 4
const MAILBOX_WIDE = 1
const MAILBOX_NARROW = 3

function chunkId(owner: number, number: number): number {
  return owner * CHUNKS_PER_OWNER + number
}

export class ColumnStore {
  readonly #put: Statement
  readonly #delete: Statement
  readonly #deleteRange: Statement
  readonly #range: Statement

  constructor(database: IndexDatabase) {
    this.#put = database.write('INSERT OR REPLACE INTO chunk (id, bytes) VALUES (?, ?)')
    this.#delete = database.write('DELETE FROM chunk WHERE id = ?')
    this.#deleteRange = database.write('DELETE FROM chunk WHERE id BETWEEN ? AND ?')
    this.#range = database.read('SELECT id, bytes FROM chunk WHERE id BETWEEN ? AND ? ORDER BY id')
  }

  saveEmails(emails: EmailTable): void {
    for (const number of emails.dirty) {
      const chunk = emails.chunk(number)
      if (chunk === null) this.#delete.run(chunkId(EMAILS, number))
      else this.#put.run(chunkId(EMAILS, number), packEmails(chunk))
    }
    emails.dirty.clear()
  }

  saveMailbox(columns: MailboxColumns): void {
    for (const number of columns.dirty) {
      const id = chunkId(columns.mailbox, number)
      const start = columns.lowerBound(number * UIDS_PER_CHUNK)
      const end = columns.lowerBound((number + 1) * UIDS_PER_CHUNK)
      if (start === end) {
        this.#delete.run(id)
        continue
      }
      const { modseqs, uids, emails, flags } = columns
      const narrow = [uids, emails, flags].map((column) => column.subarray(start, end))
      this.#put.run(id, packColumns(end - start, [modseqs.subarray(start, end)], narrow))
    }
    columns.dirty.clear()
  }

  deleteMailbox(mailbox: MailboxId): void {
    this.#deleteRange.run(chunkId(mailbox, 0), chunkId(mailbox, CHUNKS_PER_OWNER - 1))
  }

  *loadEmails(emails: EmailTable): Steps<void> {
    for (const [id, bytes] of this.#range.each(0, CHUNKS_PER_OWNER - 1)) {
      yield
      const columns = unpackColumns(bytes as Uint8Array, EMAIL_WIDE, EMAIL_NARROW)
      if (columns === null) throw new IndexDamagedError('a column of e-mails')
      emails.restoreChunk(id as number, columns)
    }
  }

  /** The mailbox's columns; its e-mails learn of their memberships. E-mails are loaded before. */
  *loadMailbox(state: AccountState, columns: MailboxColumns): Steps<void> {
    const { mailbox } = columns
    for (const [, bytes] of this.#range.each(chunkId(mailbox, 0), chunkId(mailbox, CHUNKS_PER_OWNER - 1))) {
      yield
      const stored = unpackColumns(bytes as Uint8Array, MAILBOX_WIDE, MAILBOX_NARROW)
      if (stored === null) throw new IndexDamagedError('a column of a mailbox')
      const [modseqs] = stored.wide as [Float64Array]
      const [uids, emails, flags] = stored.narrow as [Uint32Array, Uint32Array, Uint32Array]
      for (let row = 0; row < stored.count; row++) {
        const email = emails[row] as EmailId
        const uid = uids[row] as number
        columns.restore(uid, email, flags[row] as number, modseqs[row] as number)
        if (!state.emails.claim(email, mailbox, uid)) state.addExtra(email, { mailbox, uid })
      }
    }
  }
}

function packEmails(chunk: EmailChunk): Uint8Array {
  const rows: number[] = []
  for (let row = 0; row < chunk.rows; row++) if (chunk.homes[row] !== 0) rows.push(row)
  const wide = [chunk.modseqs, chunk.createdModseqs, chunk.dates, chunk.records].map((column) =>
    Float64Array.from(rows, (row) => column[row] as number),
  )
  const narrow = [chunk.flags, chunk.threads, chunk.sizes].map((column) =>
    Uint32Array.from(rows, (row) => column[row] as number),
  )
  return packColumns(rows.length, wide, [...narrow, Uint32Array.from(rows)])
}
