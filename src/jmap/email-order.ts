// Puts the e-mails that a query found in the order that it asks for.

import { unreachable } from '#base/assert.ts'
import type { EmailId } from '#base/ids.ts'
import { collationKey, compareKeys } from './collation.ts'
import type { Context } from './context.ts'
import { ThreadKeywords } from './email-match.ts'
import type { EmailComparator } from './email-sort.ts'
import { sortIds } from '#base/sliced-sort.ts'

/** E-mails between two looks at the clock. */
const BATCH = 256

type Column = Float64Array | readonly string[]

/** `ids`: the newest first, which is the order of what is equal otherwise. */
export async function orderEmails(
  context: Context,
  ids: Uint32Array<ArrayBuffer>,
  sort: readonly EmailComparator[],
): Promise<Uint32Array<ArrayBuffer>> {
  const [first, second] = sort
  if (first === undefined) return ids
  if (first.property === 'receivedAt' && second === undefined) return first.isAscending ? ids.toReversed() : ids
  const columns: { readonly values: Column; readonly direction: number }[] = []
  for (const comparator of sort) {
    columns.push({ values: await columnOf(context, ids, comparator), direction: comparator.isAscending ? 1 : -1 })
  }
  const positions = Uint32Array.from(ids, (_, at) => at)
  const compare = (a: number, b: number): number => {
    for (const { values, direction } of columns) {
      const order = compareAt(values, a, b)
      if (order !== 0) return order * direction
    }
    return a - b
  }
  const sorted = await sortIds(positions, positions.length, compare, context.slice)
  return sorted.map((at) => ids[at] as number)
}

function compareAt(values: Column, a: number, b: number): number {
  return values instanceof Float64Array
    ? (values[a] as number) - (values[b] as number)
    : compareKeys(values[a] as string, values[b] as string)
}

async function columnOf(context: Context, ids: Uint32Array, comparator: EmailComparator): Promise<Column> {
  const { property } = comparator
  switch (property) {
    case 'from':
      return textColumn(context, ids, 'fromName')
    case 'to':
      return textColumn(context, ids, 'toName')
    case 'subject':
      return textColumn(context, ids, 'subject')
    case 'receivedAt':
    case 'size':
    case 'sentAt':
    case 'hasKeyword':
    case 'allInThreadHaveKeyword':
    case 'someInThreadHaveKeyword':
      return numberColumn(context, ids, comparator)
    default:
      return unreachable(property)
  }
}

async function textColumn(
  context: Context,
  ids: Uint32Array,
  name: 'fromName' | 'toName' | 'subject',
): Promise<string[]> {
  const values: string[] = []
  for (let start = 0; start < ids.length; start += BATCH) {
    for (const text of context.account.sortKeys(name, ids.subarray(start, start + BATCH))) {
      values.push(collationKey(text ?? ''))
    }
    await context.pause()
  }
  return values
}

async function numberColumn(context: Context, ids: Uint32Array, comparator: EmailComparator): Promise<Float64Array> {
  const { account, index } = context
  const { property, keyword } = comparator
  const values = new Float64Array(ids.length)
  const threads = new ThreadKeywords(account)
  for (let start = 0; start < ids.length; start += BATCH) {
    const batch = ids.subarray(start, start + BATCH)
    const sentDates = property === 'sentAt' ? account.sortKeys('sentAt', batch) : []
    const sizes = property === 'size' ? account.sizes(batch) : []
    for (const [at, id] of batch.entries()) {
      let value = 0
      if (property === 'receivedAt') value = index.columns.date(id)
      else if (property === 'size') value = sizes[at] ?? 0
      // No date is before all dates; the least number that can be subtracted from.
      else if (property === 'sentAt') value = sentDates[at] ?? Number.MIN_SAFE_INTEGER
      else if (property === 'hasKeyword') value = Number(account.email(id as EmailId)?.keywords.includes(keyword))
      else {
        const { some, all } = threads.of(index.columns.thread(id), keyword)
        value = Number(property === 'someInThreadHaveKeyword' ? some : all)
      }
      values[start + at] = value
    }
    await context.pause()
  }
  return values
}
