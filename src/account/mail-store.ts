// The account's `mail` records in the index: where each lies, and which e-mails were made of it. New mail is what no `file` operation has
// named yet.
//
// One e-mail was made of most records; the few others, copies, are also kept in memory.

import type { EmailId, Seq } from '#base/ids.ts'
import { encodeHead } from '#ledger/record.ts'
import type { LogEntry } from './account-log.ts'
import type { EmailTable } from './email-table.ts'
import type { MailRecords } from './fold-context.ts'
import type { IndexDatabase, Statement } from './index-database.ts'
import { headerOf } from './position-store.ts'

const FILED_NOWHERE = 0
/** Orphans this close together are one range: whoever sweeps it looks at each record. */
const ORPHAN_GAP = 64

export class MailStore implements MailRecords {
  readonly #emails: EmailTable
  readonly #statements: ReturnType<typeof prepare>
  readonly #copies = new Map<number, EmailId[]>()
  readonly #recordOfCopy = new Map<EmailId, number>()
  /** By record, the e-mail that was made of it; made when somebody first asks for many. */
  #firsts = new Uint32Array(0)
  /** E-mails below this id are in it. */
  #firstsNext = 1
  /** Records whose last e-mail may have ended since the last save. */
  readonly #ended = new Set<number>()

  constructor(database: IndexDatabase, emails: EmailTable) {
    this.#emails = emails
    this.#statements = prepare(database)
    for (const [email, record] of this.#statements.copies.all()) this.#addCopy(record as number, email as EmailId)
  }

  /** A `mail` record of the log; known ones may come again. */
  add({ header, location }: LogEntry): void {
    this.#statements.add.run(header.seq, location.segment, location.offset, encodeHead(header))
  }

  /** A record whose head cannot be read. It counts as mail if an operation names it, but is not filed otherwise. */
  addDamaged(record: number): void {
    this.#statements.addDamaged.run(record)
  }

  /** A record added as damaged can be read. */
  heal({ header, location }: LogEntry): void {
    this.#statements.heal.run(location.segment, location.offset, encodeHead(header), header.seq)
  }

  /** Where the record lies, and what it must be; null if its head could not be read. */
  entry(record: number): LogEntry | null {
    const row = this.#statements.entry.get(record)
    if (row === undefined || (row[2] as Buffer).length === 0) return null
    const [segment, offset, head] = row
    return { header: headerOf(head as Buffer), location: { segment: segment as Seq, offset: offset as number } }
  }

  isNew(record: number): boolean {
    return this.#statements.email.get(record)?.[0] === null
  }

  /** New mail with records between `after` and `before`, in order. */
  newAfter(after: number, before: number, limit: number): number[] {
    return this.#statements.newAfter.all(after, before, limit).map(([record]) => record as number)
  }

  /** The live e-mails made of the record. */
  emailsOf(record: number): EmailId[] {
    return this.#live(record, (this.#statements.email.get(record)?.[0] ?? FILED_NOWHERE) as EmailId)
  }

  /** The same for who asks for many records: from memory. */
  manyEmailsOf(records: readonly number[]): EmailId[] {
    this.#learnFirsts()
    return records.flatMap((record) => this.#live(record, (this.#firsts[record] ?? FILED_NOWHERE) as EmailId))
  }

  #live(record: number, first: EmailId): EmailId[] {
    const others = this.#copies.get(record)
    if (others === undefined) return this.#emails.recordOf(first) === record ? [first] : []
    return [first, ...others].filter((email) => this.#emails.recordOf(email) === record)
  }

  #learnFirsts(): void {
    const { next } = this.#emails
    if (this.#firstsNext === next) return
    for (const { id } of this.#emails.from(this.#firstsNext)) {
      const record = this.#emails.recordOf(id)
      if (this.#recordOfCopy.has(id as EmailId)) continue
      if (record >= this.#firsts.length) {
        const grown = new Uint32Array(record + 1 + (record >>> 2))
        grown.set(this.#firsts)
        this.#firsts = grown
      }
      this.#firsts[record] = id
    }
    this.#firstsNext = next
  }

  isMail(record: number): boolean {
    return this.#statements.email.get(record) !== undefined
  }

  sizeOf(record: number): number {
    return (this.#statements.size.get(record)?.[0] ?? 0) as number
  }

  named(record: number): void {
    this.#statements.named.run(record)
  }

  began(record: number, email: EmailId): void {
    const first = (this.#statements.email.get(record)?.[0] ?? FILED_NOWHERE) as number
    if (this.#emails.recordOf(first) === record) {
      this.#statements.putCopy.run(email, record)
      this.#addCopy(record, email)
      return
    }
    this.#statements.setEmail.run(email, record)
    this.#statements.addMissing.run(record, record)
  }

  ended(record: number, email: EmailId): void {
    this.#ended.add(record)
    if (this.#recordOfCopy.get(email) !== record) return
    this.#recordOfCopy.delete(email)
    const left = (this.#copies.get(record) ?? []).filter((other) => other !== email)
    if (left.length === 0) this.#copies.delete(record)
    else this.#copies.set(record, left)
    this.#statements.deleteCopy.run(email)
  }

  /** Notes which records may have lost their last e-mail, for the sweeper. */
  save(): void {
    let first = -1
    let last = -1
    for (const record of [...this.#ended].sort((a, b) => a - b)) {
      if (first >= 0 && record <= last + ORPHAN_GAP) last = record
      else {
        if (first >= 0) this.#putOrphans(first, last)
        first = last = record
      }
    }
    if (first >= 0) this.#putOrphans(first, last)
    this.#ended.clear()
  }

  #putOrphans(first: number, last: number): void {
    this.#statements.putOrphans.run(first, last)
  }

  #addCopy(record: number, email: EmailId): void {
    const copies = this.#copies.get(record)
    if (copies === undefined) this.#copies.set(record, [email])
    else copies.push(email)
    this.#recordOfCopy.set(email, record)
  }
}

function prepare(database: IndexDatabase) {
  return {
    add: database.write('INSERT OR IGNORE INTO mail (record, segment, offset, head) VALUES (?, ?, ?, ?)'),
    addDamaged: database.write(
      `INSERT OR IGNORE INTO mail (record, segment, offset, head, email) VALUES (?, 0, 0, x'', ${FILED_NOWHERE})`,
    ),
    heal: database.write('UPDATE mail SET segment = ?, offset = ?, head = ? WHERE record = ?'),
    entry: database.read('SELECT segment, offset, head FROM mail WHERE record = ?'),
    email: database.read('SELECT email FROM mail WHERE record = ?'),
    newAfter: database.read(
      'SELECT record FROM mail WHERE email IS NULL AND record > ? AND record < ? ORDER BY record LIMIT ?',
    ),
    named: database.write(`UPDATE mail SET email = ${FILED_NOWHERE} WHERE record = ? AND email IS NULL`),
    setEmail: database.write('UPDATE mail SET email = ? WHERE record = ?'),
    size: database.read('SELECT size FROM content WHERE record = ?'),
    addMissing: database.write(
      'INSERT OR IGNORE INTO missing SELECT ? WHERE NOT EXISTS (SELECT 1 FROM content WHERE record = ?)',
    ),
    copies: database.read('SELECT email, record FROM copy'),
    putCopy: database.write('INSERT INTO copy (email, record) VALUES (?, ?)'),
    deleteCopy: database.write('DELETE FROM copy WHERE email = ?'),
    putOrphans: database.write(
      'INSERT INTO orphan VALUES (?, ?) ON CONFLICT (first) DO UPDATE SET last = max(last, excluded.last)',
    ),
  } satisfies Record<string, Statement>
}
