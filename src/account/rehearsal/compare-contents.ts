// Whether what the index in use keeps of each message is what follows from the message: row by row, of every record that e-mails stand for in both. What was
// expunged meanwhile, or waits to be brought into the search indexes, is left out.
//
// Not compared: the blocks of signatures, which depend on the order in which messages came (substring-index.ts), and the words themselves, of which only the counts
// are (FTS5's `docsize`).

import { wipe } from '#base/bytes.ts'
import type { Steps } from '#base/steps.ts'
import type { AccountIndex } from '#account/account-index.ts'
import { threadHashesOf } from '#account/derive.ts'
import type { Row, Statement } from '#account/index-database.ts'
import { type RehearsalFinding, indexFinding, ofRecord } from './finding.ts'

const RECORDS_AT_ONCE = 100
const MAILS_AT_ONCE = 500

const CONTENT = {
  message: 'SELECT size, payload_offset, payload_key, parts, summary FROM content WHERE record = ?',
  envelope: 'SELECT bytes FROM envelope WHERE record = ?',
  structure: 'SELECT extended, plain FROM structure WHERE record = ?',
  header: 'SELECT bytes FROM header WHERE record = ?',
  order: 'SELECT subject, from_box, to_box, cc_box, from_name, to_name, sent, zone FROM sort_key WHERE record = ?',
} as const
const SEARCH = {
  text: 'SELECT subject, sender, recipient, cc, bcc, body, attachment FROM search_text WHERE record = ?',
  words: 'SELECT sz FROM word_docsize WHERE id = ?',
} as const

type Tables<T> = Readonly<Record<keyof typeof CONTENT | keyof typeof SEARCH, T>>

interface Side {
  readonly index: AccountIndex
  readonly tables: Tables<Statement>
  readonly reference: Statement
  readonly mail: Statement
  readonly isMissing: Statement
  readonly isWaiting: Statement
}

function sideOf(index: AccountIndex): Side {
  const { database } = index
  const tables = Object.fromEntries(
    Object.entries({ ...CONTENT, ...SEARCH }).map(([name, sql]) => [name, database.read(sql)]),
  ) as Tables<Statement>
  return {
    index,
    tables,
    reference: database.read('SELECT 1 FROM thread_reference WHERE hash = ? AND record = ?'),
    mail: database.read('SELECT head FROM mail WHERE record = ?'),
    isMissing: database.read('SELECT 1 FROM missing WHERE record = ?'),
    isWaiting: database.read('SELECT 1 FROM text_backlog WHERE record = ?'),
  }
}

/** Runs what reads the index in use: it is not there any more when the account has failed, and then this throws. */
export type UseIndex = <T>(action: (index: AccountIndex) => T) => T

export function* compareContents(
  made: AccountIndex,
  use: UseIndex,
  found: (finding: RehearsalFinding) => void,
): Steps<void> {
  const own = sideOf(made)
  const other = use(sideOf)
  yield* compareMail(own, (action) => use(() => action(other)), found)
  const next = made.database.read('SELECT record FROM content WHERE record > ? ORDER BY record LIMIT ?')
  for (let after = -1; ;) {
    const records = next.all(after, RECORDS_AT_ONCE).map(([record]) => record as number)
    for (const record of records) {
      const expected = expectedOf(own, record)
      if (expected === null) continue
      try {
        for (const finding of use(() => compareRecord(expected, other, record))) found(finding)
      } finally {
        wipeRows(expected.rows)
      }
      yield
    }
    if (records.length < RECORDS_AT_ONCE) return
    after = records.at(-1) as number
  }
}

/** That the index in use knows of every message, whether it was filed or not. */
function* compareMail(
  own: Side,
  use: <T>(action: (other: Side) => T) => T,
  found: (finding: RehearsalFinding) => void,
): Steps<void> {
  const next = own.index.database.read(
    'SELECT record, head FROM mail WHERE record > ? AND length(head) > 0 ORDER BY record LIMIT ?',
  )
  for (let after = -1; ;) {
    const rows = next.all(after, MAILS_AT_ONCE) as [number, Buffer][]
    const missing = use(({ mail }) => {
      return rows.flatMap(([record, head]) => {
        const there = mail.get(record)?.[0] as Buffer | undefined
        // One whose head could not be read when it came.
        if (there?.length === 0 || there?.equals(head) === true) return []
        return [
          indexFinding(there === undefined ? 'contentMissing' : 'contentChanged', {
            records: ofRecord(record),
            what: 'record',
          }),
        ]
      })
    })
    for (const finding of missing) found(finding)
    yield
    if (rows.length < MAILS_AT_ONCE) return
    after = rows.at(-1)?.[0] as number
  }
}

type Rows = Tables<Row | undefined>

function readRows({ tables }: Side, record: number): Rows {
  return Object.fromEntries(Object.entries(tables).map(([name, statement]) => [name, statement.get(record)])) as Rows
}

interface Expected {
  readonly rows: Rows
  /** By which messages find their threads. */
  readonly references: readonly number[]
}

/** Null if there is nothing to compare with: nothing stands for it, or a notice does. */
function expectedOf(own: Side, record: number): Expected | null {
  const { mails, damaged, content } = own.index
  if (damaged.has(record) || mails.emailsOf(record).length === 0) return null
  const summary = content.summary(record)
  return { rows: readRows(own, record), references: summary === null ? [] : threadHashesOf(summary) }
}

/** All at once, so that nothing changes meanwhile. */
function compareRecord({ rows, references }: Expected, other: Side, record: number): RehearsalFinding[] {
  const { mails, damaged } = other.index
  const isLeftOut = damaged.has(record) || mails.emailsOf(record).length === 0
  if (isLeftOut || other.isMissing.get(record) !== undefined) return []
  const records = ofRecord(record)
  const there = readRows(other, record)
  try {
    if (there.message === undefined) return [indexFinding('contentMissing', { records })]
    const findings: RehearsalFinding[] = []
    const differ = (tables: object): (keyof Rows)[] =>
      (Object.keys(tables) as (keyof Rows)[]).filter((name) => !sameRow(rows[name], there[name]))
    const content = differ(CONTENT)
    if (content.length > 0) findings.push(indexFinding('contentChanged', { records, what: content.join(', ') }))
    if (references.some((hash) => other.reference.get(hash, record) === undefined)) {
      findings.push(indexFinding('contentMissing', { records, what: 'references' }))
    }
    const search = other.isWaiting.get(record) === undefined ? differ(SEARCH) : []
    if (search.length > 0) {
      const kind = search.some((name) => there[name] === undefined) ? 'searchMissing' : 'searchChanged'
      findings.push(indexFinding(kind, { records, what: search.join(', ') }))
    }
    return findings
  } finally {
    wipeRows(there)
  }
}

function sameRow(a: Row | undefined, b: Row | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.length === b.length &&
    a.every((value, at) => {
      const other = b[at]
      return value instanceof Uint8Array && other instanceof Uint8Array
        ? Buffer.compare(value, other) === 0
        : value === other
    })
  )
}

function wipeRows(rows: Rows): void {
  for (const row of Object.values(rows)) {
    for (const value of row ?? []) if (value instanceof Uint8Array) wipe(value)
  }
}
