// Sort criteria (RFC 5256 §3; DISPLAYFROM and DISPLAYTO: RFC 5957), as columns over the messages to be sorted.
//
// Every column is of numbers: a text's is its rank among the texts of the messages found. What repeats, as subjects do, is then compared once,
// and a sort by several criteria compares numbers only.

import { sortIds } from '#base/sliced-sort.ts'
import { TimeSlice } from '#base/time-slice.ts'
import type { Account, SortKeyName, SortKeys } from '#account/account.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import type { SearchRows } from './search-rows.ts'

export interface SortCriterion {
  readonly name: CriterionName
  readonly isReverse: boolean
}

const TEXTS = {
  CC: 'ccBox',
  DISPLAYFROM: 'fromName',
  DISPLAYTO: 'toName',
  FROM: 'fromBox',
  SUBJECT: 'subject',
  TO: 'toBox',
} as const satisfies Record<string, SortKeyName>

const NUMBERS = { ARRIVAL: arrivals, DATE: sentDates, SIZE: sizes } as const

type CriterionName = keyof typeof TEXTS | keyof typeof NUMBERS

function isCriterion(name: string): name is CriterionName {
  return Object.hasOwn(TEXTS, name) || Object.hasOwn(NUMBERS, name)
}

/** Rows between two looks at the clock: some milliseconds. */
const BATCH = 2048

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
    if (!isCriterion(name)) throw new SyntaxFailure(`there is no sort criterion ${name}`)
    return { name, isReverse }
  })
  if (criteria.length > CRITERIA_MAX) throw new SyntaxFailure(`more than ${CRITERIA_MAX} criteria`)
  return criteria
}

/** Two e-mails, as `sortRows` orders them; 0 if nothing tells them apart. */
export function compareEmails(
  account: Account,
  criteria: readonly SortCriterion[],
  left: number,
  right: number,
): number {
  for (const { name, isReverse } of criteria) {
    const order = compareBy(account, name, [left, right])
    if (order !== 0) return isReverse ? -order : order
  }
  return 0
}

function compareBy(account: Account, name: CriterionName, pair: readonly [number, number]): number {
  if (name === 'ARRIVAL') return difference(account.internalDates(pair))
  if (name === 'SIZE') return difference(account.sizes(pair))
  if (name === 'DATE') {
    const sent = account.sortKeys('sentAt', pair)
    const arrived = account.internalDates(pair)
    return difference([sent[0] ?? (arrived[0] as number), sent[1] ?? (arrived[1] as number)])
  }
  const [left, right] = account.sortKeys(TEXTS[name], pair).map((key) => key ?? '') as [string, string]
  return left < right ? -1 : left > right ? 1 : 0
}

function difference(values: ArrayLike<number>): number {
  return (values[0] as number) - (values[1] as number)
}

/** The rows in order. What is equal stays in the order of the mailbox (RFC 5256 §3). Throws SessionEndedError. */
export async function sortRows(
  rows: SearchRows,
  found: readonly number[],
  criteria: readonly SortCriterion[],
): Promise<number[]> {
  const slice = new TimeSlice(rows.session.host)
  const sortedBy: { readonly values: Float64Array; readonly direction: number }[] = []
  for (const { name, isReverse } of criteria) {
    sortedBy.push({ values: await columnOf(rows, found, name, slice), direction: isReverse ? -1 : 1 })
  }
  const compare = (left: number, right: number): number => {
    for (const { values, direction } of sortedBy) {
      const difference = (values[left] as number) - (values[right] as number)
      if (difference !== 0) return difference * direction
    }
    return left - right
  }
  const order = await sortIds(firstNumbers(found.length), found.length, compare, slice)
  rows.session.checkConnected()
  const sorted: number[] = []
  for (let at = 0; at < found.length; at++) sorted.push(found[order[at] as number] as number)
  return sorted
}

async function columnOf(
  rows: SearchRows,
  found: readonly number[],
  name: CriterionName,
  slice: TimeSlice,
): Promise<Float64Array> {
  if (name in NUMBERS) return NUMBERS[name as keyof typeof NUMBERS](rows, found)
  return ranks(rows, found, TEXTS[name as keyof typeof TEXTS], slice)
}

/** From 0 on. Loops are several times faster than making columns of iterators. */
function firstNumbers(count: number): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(count)
  for (let at = 0; at < count; at++) numbers[at] = at
  return numbers
}

function arrivals(rows: SearchRows, found: readonly number[]): Float64Array {
  const dates = new Float64Array(found.length)
  for (let at = 0; at < found.length; at++) dates[at] = rows.internalDate(found[at] as number)
  return dates
}

function sizes(rows: SearchRows, found: readonly number[]): Float64Array {
  const column = new Float64Array(found.length)
  for (let at = 0; at < found.length; at++) column[at] = rows.size(found[at] as number)
  return column
}

/** RFC 5256 §2.2: the sent date, or when there is none the internal date. */
async function sentDates(rows: SearchRows, found: readonly number[]): Promise<Float64Array> {
  const dates = new Float64Array(found.length)
  await forEachKey(rows, found, 'sentAt', (sentAt, index) => {
    dates[index] = sentAt ?? rows.internalDate(found[index] as number)
  })
  return dates
}

/** Equal texts have equal ranks. An e-mail that is gone has no text. */
async function ranks(
  rows: SearchRows,
  found: readonly number[],
  name: (typeof TEXTS)[keyof typeof TEXTS],
  slice: TimeSlice,
): Promise<Float64Array> {
  const numbers = new Map<string, number>()
  const column = new Float64Array(found.length)
  await forEachKey(rows, found, name, (key, index) => {
    const text = key ?? ''
    let number = numbers.get(text)
    if (number === undefined) {
      number = numbers.size
      numbers.set(text, number)
    }
    column[index] = number
  })
  const rankOf = await ranksOf([...numbers.keys()], numbers, slice)
  for (let at = 0; at < column.length; at++) column[at] = rankOf[column[at] as number] as number
  return column
}

/** By the number of a text, its rank. */
async function ranksOf(texts: string[], numbers: ReadonlyMap<string, number>, slice: TimeSlice): Promise<Uint32Array> {
  // The language's own sort is several times faster than any with a comparison of ours, but cannot be left for a while.
  const sortedTexts: string[] = []
  for (let start = 0; start < texts.length; start += BATCH) {
    for (const text of texts.slice(start, start + BATCH).sort()) sortedTexts.push(text)
    if (slice.isOver) await slice.next()
  }
  const compare = (left: number, right: number): number =>
    (sortedTexts[left] as string) < (sortedTexts[right] as string) ? -1 : 1
  const order = await sortIds(firstNumbers(sortedTexts.length), sortedTexts.length, compare, slice)
  const rankOf = new Uint32Array(texts.length)
  for (let rank = 0; rank < order.length; rank++) {
    rankOf[numbers.get(sortedTexts[order[rank] as number] as string) as number] = rank
  }
  return rankOf
}

async function forEachKey<Name extends SortKeyName>(
  rows: SearchRows,
  found: readonly number[],
  name: Name,
  tell: (key: SortKeys[Name] | null, index: number) => void,
): Promise<void> {
  for (let start = 0; start < found.length; start += BATCH) {
    const emails = new Uint32Array(Math.min(BATCH, found.length - start))
    for (let at = 0; at < emails.length; at++) emails[at] = rows.emails[found[start + at] as number] as number
    const keys = rows.session.account.sortKeys(name, emails)
    for (let at = 0; at < keys.length; at++) tell(keys[at] as SortKeys[Name] | null, start + at)
    await rows.pause()
  }
}
