// The account's `mail` records in the index: where each lies, and which e-mails were made of it. New mail is what no `file` operation has
// named yet.
//
// One e-mail was made of most records; the few others, copies, are also kept in memory.

import type { EmailId, Seq } from '#base/ids.ts'
import { type Location, encodeHead } from '#ledger/record.ts'
import type { LogEntry } from './account-log.ts'
import type { EmailTable } from './email-table.ts'
import type { MailRecords } from './fold-context.ts'
import type { IndexDatabase, Statement } from './index-database.ts'
import { headerOf } from './position-store.ts'

const FILED_NOWHERE = 0
const ROWS_AT_ONCE = 1000
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
  /** Records that e-mails were made of, or lost, since `takeNaming`: whether one stood for them before, and does now, if that is known. */
  readonly #touched = new Map<number, { readonly before: boolean; now: boolean | null }>()
  /** Places that were found to be others since the last save. */
  readonly #moved = new Map<number, Location>()

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
    // Until now it was new.
    if (this.#statements.setNamed.run(record) > 0) this.#touch(record, true, false)
  }

  began(record: number, email: EmailId): void {
    const first = (this.#statements.email.get(record)?.[0] ?? FILED_NOWHERE) as EmailId
    const before = this.#touched.get(record)?.before
    this.#touch(record, before ?? this.#live(record, first).some((other) => other !== email), true)
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
    const isAlone = this.#recordOfCopy.get(email) !== record && !this.#copies.has(record)
    this.#touch(record, true, isAlone ? false : null)
    if (this.#recordOfCopy.get(email) !== record) return
    this.#recordOfCopy.delete(email)
    const left = (this.#copies.get(record) ?? []).filter((other) => other !== email)
    if (left.length === 0) this.#copies.delete(record)
    else this.#copies.set(record, left)
    this.#statements.deleteCopy.run(email)
  }

  /**
   * Records that e-mails stand for now, or will when they are filed, and did not before; and those of which the opposite is true; both in order. Since
   * the last call.
   */
  takeNaming(): { readonly named: readonly number[]; readonly unnamed: readonly number[] } {
    const named: number[] = []
    const unnamed: number[] = []
    for (const [record, { before, now }] of this.#touched) {
      const isNamed = now ?? this.emailsOf(record).length > 0
      if (isNamed !== before) (isNamed ? named : unnamed).push(record)
    }
    this.#touched.clear()
    return { named: named.sort((a, b) => a - b), unnamed: unnamed.sort((a, b) => a - b) }
  }

  /** An e-mail stands for the record, or it is new, or nobody knows what it is. */
  isNamed(record: number): boolean {
    const [first, headBytes] = this.#statements.named.get(record) ?? [FILED_NOWHERE]
    return first === null || headBytes === 0 || this.#live(record, first as EmailId).length > 0
  }

  /** Whether more than one e-mail was made of the record, and some of them may be there. */
  mayHaveCopies(record: number): boolean {
    return this.#copies.has(record)
  }

  /** Numbers of the records between these, with them. */
  *recordsBetween(first: number, last: number): Generator<number> {
    let from = first
    for (;;) {
      const rows = this.#statements.between.all(from, last, ROWS_AT_ONCE) as [number][]
      for (const [record] of rows) yield record
      const end = rows.at(-1)
      if (end === undefined || rows.length < ROWS_AT_ONCE) return
      from = end[0] + 1
    }
  }

  /** A record was found elsewhere: payloads before it were dropped. */
  move(record: number, location: Location): void {
    this.#moved.set(record, location)
  }

  #touch(record: number, before: boolean, now: boolean | null): void {
    const known = this.#touched.get(record)
    if (known === undefined) this.#touched.set(record, { before, now })
    else known.now = now
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
    for (const [record, { segment, offset }] of this.#moved) this.#statements.move.run(segment, offset, record)
    this.#moved.clear()
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
    named: database.read('SELECT email, length(head) FROM mail WHERE record = ?'),
    newAfter: database.read(
      'SELECT record FROM mail WHERE email IS NULL AND record > ? AND record < ? ORDER BY record LIMIT ?',
    ),
    setNamed: database.write(`UPDATE mail SET email = ${FILED_NOWHERE} WHERE record = ? AND email IS NULL`),
    setEmail: database.write('UPDATE mail SET email = ? WHERE record = ?'),
    size: database.read('SELECT size FROM content WHERE record = ?'),
    addMissing: database.write(
      'INSERT OR IGNORE INTO missing SELECT ? WHERE NOT EXISTS (SELECT 1 FROM content WHERE record = ?)',
    ),
    copies: database.read('SELECT email, record FROM copy'),
    putCopy: database.write('INSERT INTO copy (email, record) VALUES (?, ?)'),
    deleteCopy: database.write('DELETE FROM copy WHERE email = ?'),
    between: database.read('SELECT record FROM mail WHERE record BETWEEN ? AND ? ORDER BY record LIMIT ?'),
    move: database.write('UPDATE mail SET segment = ?, offset = ? WHERE record = ?'),
    putOrphans: database.write(
      'INSERT INTO orphan VALUES (?, ?) ON CONFLICT (first) DO UPDATE SET last = max(last, excluded.last)',
    ),
  } satisfies Record<string, Statement>
}
