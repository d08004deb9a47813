// The account's `mail` records in the index: where each lies, and which e-mails were made of it. New mail is what no `file` operation has
// named yet.
//
// One e-mail was made of most records; the few others, copies, are also kept in memory. While the log is folded, what a record comes to is known soon after
// it: rows of new records are held in memory until then, and are written once.

import type { EmailId, Seq } from '#base/ids.ts'
import { type Location, encodeHead } from '#ledger/record.ts'
import type { LogEntry } from './account-log.ts'
import type { EmailTable } from './email-table.ts'
import { FirstEmails } from './first-emails.ts'
import type { MailRecords } from './fold-context.ts'
import type { IndexDatabase, Statement } from './index-database.ts'
import { headerOf } from './position-store.ts'

const FILED_NOWHERE = 0
const ROWS_AT_ONCE = 1000
/** Orphans this close together are one range: whoever sweeps it looks at each record. */
const ORPHAN_GAP = 64

interface Held {
  readonly entry: LogEntry
  email: number | null
  /** Of the message; null if there is no content of it yet. */
  readonly sizeBytes: number | null
}

export class MailStore implements MailRecords {
  readonly #emails: EmailTable
  readonly #statements: ReturnType<typeof prepare>
  readonly #copies = new Map<number, EmailId[]>()
  readonly #recordOfCopy = new Map<EmailId, number>()
  readonly #firsts: FirstEmails
  /** Records whose last e-mail may have ended since the last save. */
  readonly #ended = new Set<number>()
  /** Records that e-mails were made of, or lost, since `takeNaming`: whether one stood for them before, and does now, if that is known. */
  readonly #touched = new Map<number, { readonly before: boolean; now: boolean | null }>()
  /** Places that were found to be others since the last save. */
  readonly #moved = new Map<number, Location>()
  readonly #database: IndexDatabase
  /** Records that are not in the table yet, in order. */
  readonly #held = new Map<number, Held>()
  /** New records from this one on are held, until `endHolding`; those below may be in the table. */
  #heldFrom = Number.POSITIVE_INFINITY

  constructor(database: IndexDatabase, emails: EmailTable) {
    this.#database = database
    this.#emails = emails
    this.#firsts = new FirstEmails(emails, (email) => this.#recordOfCopy.has(email))
    this.#statements = prepare(database)
    for (const [email, record] of this.#statements.copies.all()) this.#addCopy(record as number, email as EmailId)
  }

  /** From now on rows of new records are held, until `endHolding`. Nobody else reads the tables meanwhile. */
  beginHolding(): void {
    this.#heldFrom = ((this.#statements.last.get()?.[0] ?? -1) as number) + 1
  }

  /** An index whose fold has failed is not used any more: then this is not called. */
  endHolding(): void {
    this.#storeHeld()
    this.#heldFrom = Number.POSITIVE_INFINITY
  }

  #storeHeld(): void {
    if (this.#held.size === 0) return
    for (const [record, { entry, email, sizeBytes }] of this.#held) {
      const { header, location } = entry
      this.#statements.add.run(record, location.segment, location.offset, encodeHead(header), email)
      if (sizeBytes === null && email !== null && email !== FILED_NOWHERE) this.#statements.putMissing.run(record)
    }
    this.#held.clear()
  }

  /** A `mail` record of the log; known ones may come again. */
  add(entry: LogEntry): void {
    const { header, location } = entry
    if (header.seq >= this.#heldFrom) this.#held.set(header.seq, { entry, email: null, sizeBytes: null })
    else this.#statements.add.run(header.seq, location.segment, location.offset, encodeHead(header), null)
  }

  /** One that nobody else has added, which is filed now, and whose content follows. Its row is put off. */
  addAppended(entry: LogEntry, sizeBytes: number): void {
    this.#held.set(entry.header.seq, { entry, email: null, sizeBytes })
    this.#database.later(() => this.#storeHeld())
  }

  /** A record whose head cannot be read. It counts as mail if an operation names it, but is not filed otherwise. */
  addDamaged(record: number): void {
    this.#statements.addDamaged.run(record)
  }

  /** A record added as damaged can be read. */
  heal({ header, location }: LogEntry): void {
    this.#storeHeld()
    this.#statements.heal.run(location.segment, location.offset, encodeHead(header), header.seq)
  }

  /** Where the record lies, and what it must be; null if its head could not be read. */
  entry(record: number): LogEntry | null {
    const held = this.#held.get(record)
    if (held !== undefined) return held.entry
    const row = this.#statements.entry.get(record)
    if (row === undefined || (row[2] as Buffer).length === 0) return null
    const [segment, offset, head] = row
    return { header: headerOf(head as Buffer), location: { segment: segment as Seq, offset: offset as number } }
  }

  isNew(record: number): boolean {
    return this.#firstOf(record) === null
  }

  /** New mail with records between `after` and `before`, in order. */
  newAfter(after: number, before: number, limit: number): number[] {
    this.#storeHeld()
    return this.#statements.newAfter.all(after, before, limit).map(([record]) => record as number)
  }

  /** The live e-mails made of the record. */
  emailsOf(record: number): EmailId[] {
    const first = this.#firsts.isComplete ? this.#firsts.of(record) : this.#firstOf(record)
    return this.#live(record, (first ?? FILED_NOWHERE) as EmailId)
  }

  /** The same for who asks for many records: from memory. */
  manyEmailsOf(records: readonly number[]): EmailId[] {
    this.learnFirsts()
    return records.flatMap((record) => this.emailsOf(record))
  }

  /** Null for new mail; undefined for what is not mail. */
  #firstOf(record: number): number | null | undefined {
    const held = this.#held.get(record)
    return held === undefined ? (this.#statements.email.get(record)?.[0] as number | null | undefined) : held.email
  }

  #live(record: number, first: EmailId): EmailId[] {
    const others = this.#copies.get(record)
    if (others === undefined) return this.#emails.recordOf(first) === record ? [first] : []
    return [first, ...others].filter((email) => this.#emails.recordOf(email) === record)
  }

  /** `emailsOf` answers from memory afterwards, until an e-mail begins. */
  learnFirsts(): void {
    this.#firsts.learn()
  }

  isMail(record: number): boolean {
    return this.#firstOf(record) !== undefined
  }

  sizeOf(record: number): number {
    const held = this.#held.get(record)
    if (held !== undefined) return held.sizeBytes ?? 0
    return (this.#statements.size.get(record)?.[0] ?? 0) as number
  }

  named(record: number): void {
    const held = this.#held.get(record)
    const wasNew = held === undefined ? this.#statements.setNamed.run(record) > 0 : held.email === null
    if (held !== undefined) held.email ??= FILED_NOWHERE
    if (wasNew) this.#touch(record, true, false)
  }

  began(record: number, email: EmailId): void {
    const first = (this.#firstOf(record) ?? FILED_NOWHERE) as EmailId
    const before = this.#touched.get(record)?.before
    this.#touch(record, before ?? this.#live(record, first).some((other) => other !== email), true)
    if (this.#emails.recordOf(first) === record) {
      this.#statements.putCopy.run(email, record)
      this.#addCopy(record, email)
      return
    }
    const held = this.#held.get(record)
    if (held !== undefined) {
      held.email = email
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
    this.#storeHeld()
    const [first, headBytes] = this.#statements.named.get(record) ?? [FILED_NOWHERE]
    return first === null || headBytes === 0 || this.#live(record, first as EmailId).length > 0
  }

  /** Whether more than one e-mail was made of the record, and some of them may be there. */
  mayHaveCopies(record: number): boolean {
    return this.#copies.has(record)
  }

  /** Numbers of the records between these, with them. */
  *recordsBetween(first: number, last: number): Generator<number> {
    this.#storeHeld()
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

  /** Also notes which records may have lost their last e-mail, for the sweeper. */
  save(): void {
    this.#storeHeld()
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
    last: database.read('SELECT max(record) FROM mail'),
    add: database.write('INSERT OR IGNORE INTO mail (record, segment, offset, head, email) VALUES (?, ?, ?, ?, ?)'),
    putMissing: database.write('INSERT OR IGNORE INTO missing VALUES (?)'),
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
