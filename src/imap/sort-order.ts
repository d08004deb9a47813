// Sort criteria (RFC 5256 §3; DISPLAYFROM and DISPLAYTO: RFC 5957), as columns over the messages to be sorted.

import type { SortKeys } from '#account/account.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import type { SearchRows } from './search-rows.ts'

export interface SortCriterion {
  readonly name: CriterionName
  readonly isReverse: boolean
}

type CriterionName = keyof typeof columns
type Key = string | number

/** What an e-mail without keys (it is gone) sorts by. */
const NO_KEYS: SortKeys = {
  subject: '',
  fromBox: '',
  toBox: '',
  ccBox: '',
  fromName: '',
  toName: '',
  sentAt: null,
  sentZoneMinutes: 0,
}

const columns = {
  ARRIVAL: (rows, row) => rows.internalDate(row),
  CC: (_rows, _row, keys) => keys.ccBox,
  // RFC 5256 §2.2: the sent date, or when there is none the internal date.
  DATE: (rows, row, keys) => keys.sentAt ?? rows.internalDate(row),
  DISPLAYFROM: (_rows, _row, keys) => keys.fromName,
  DISPLAYTO: (_rows, _row, keys) => keys.toName,
  FROM: (_rows, _row, keys) => keys.fromBox,
  SIZE: (rows, row) => rows.size(row),
  SUBJECT: (_rows, _row, keys) => keys.subject,
  TO: (_rows, _row, keys) => keys.toBox,
} as const satisfies Record<string, (rows: SearchRows, row: number, keys: SortKeys) => Key>

const NEEDS_NO_KEYS: ReadonlySet<CriterionName> = new Set(['ARRIVAL', 'SIZE'])

/** More say nothing that the first do not. */
const CRITERIA_MAX = 20

/** `(REVERSE DATE SUBJECT)`. Throws SyntaxFailure. */
export function parseCriteria(cursor: Cursor): readonly SortCriterion[] {
  const criteria = cursor.list(() => {
    let name = cursor.word()
    const isReverse = name === 'REVERSE'
    if (isReverse) {
      cursor.space()
      name = cursor.word()
    }
    if (!Object.hasOwn(columns, name)) throw new SyntaxFailure(`there is no sort criterion ${name}`)
    return { name: name as CriterionName, isReverse }
  })
  if (criteria.length > CRITERIA_MAX) throw new SyntaxFailure(`more than ${CRITERIA_MAX} criteria`)
  return criteria
}

/** The rows in order. What is equal stays in the order of the mailbox (RFC 5256 §3). */
export function sortRows(rows: SearchRows, found: readonly number[], criteria: readonly SortCriterion[]): number[] {
  const needsKeys = criteria.some(({ name }) => !NEEDS_NO_KEYS.has(name))
  const emails = Uint32Array.from(found, (row) => rows.emails[row] as number)
  const keys = needsKeys ? rows.session.account.sortKeys(emails) : []
  const sortedBy = criteria.map(({ name, isReverse }) => ({
    values: found.map((row, index): Key => columns[name](rows, row, keys[index] ?? NO_KEYS)),
    direction: isReverse ? -1 : 1,
  }))
  const order = found.map((_, index) => index)
  order.sort((left, right) => {
    for (const { values, direction } of sortedBy) {
      const [first, second] = [values[left] as Key, values[right] as Key]
      if (first !== second) return first < second ? -direction : direction
    }
    return left - right
  })
  return order.map((index) => found[index] as number)
}
