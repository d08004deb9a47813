// Searching: by substrings for IMAP, by words for people. Each asks its own index for the records that may or do match, and maps those to
// the e-mails that are there.

import type { EmailId } from '#base/ids.ts'
import type { Clock } from '#platform/clock.ts'
import type { AccountIndex } from './account-index.ts'
import type { TextCriterion } from './account.ts'
import { collapse, fold, headerFieldTexts, headerText } from './searched-text.ts'
import type { Area } from './signature.ts'
import { Slices } from './turns.ts'
import type { WordQuery } from './word-index.ts'

/** Nesting of a word query. */
const QUERY_DEPTH_MAX = 32

function areasOf(field: TextCriterion['field']): readonly Area[] {
  if (field === 'text') return ['body', 'header']
  return field === 'body' ? ['body'] : ['header']
}

/** Records that may match; null if that cannot be told. */
function candidatesOf(index: AccountIndex, field: TextCriterion['field'], needle: string): Set<number> | null {
  let found: Set<number> | null = null
  for (const area of areasOf(field)) {
    const candidates = index.substrings.candidates(area, needle)
    if (candidates === null) return null
    found = found === null ? candidates : found.union(candidates)
  }
  return found
}

/** What the client sees of one record, folded, decides. */
function matches(index: AccountIndex, record: number, criterion: TextCriterion, needle: string): boolean {
  const contains = (text: string): boolean => fold(text).includes(needle)
  const header = (): Buffer => index.content.item('header', record) ?? Buffer.alloc(0)
  if (criterion.field === 'header') {
    return headerFieldTexts(header(), criterion.name.toLowerCase()).some(contains)
  }
  const text = index.substrings.text(record)
  if (text === null) return false
  const inBody = (): boolean => contains(text.body) || contains(text.attachmentNames)
  switch (criterion.field) {
    case 'body':
      return inBody()
    case 'text':
      return inBody() || contains(text.subject) || contains(headerText(header()))
    case 'subject':
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
      // Addresses are kept in one form; their field may write them in another.
      return contains(text[criterion.field]) || headerFieldTexts(header(), criterion.field).some(contains)
  }
}

/** Those of `ids`, in their order, that match. */
export async function searchText(
  index: AccountIndex,
  clock: Clock,
  criterion: TextCriterion,
  ids: ArrayLike<number>,
): Promise<EmailId[]> {
  const needle = fold(collapse(criterion.value))
  const candidates = needle === '' ? null : candidatesOf(index, criterion.field, needle)
  const slices = new Slices(clock)
  const known = new Map<number, boolean>()
  const found: EmailId[] = []
  for (let at = 0; at < ids.length; at++) {
    const id = ids[at] as EmailId
    const record = index.state.emails.recordOf(id)
    if (record < 0 || (candidates !== null && !candidates.has(record))) continue
    let match = known.get(record)
    if (match === undefined) {
      match = (needle === '' && criterion.field !== 'header') || matches(index, record, criterion, needle)
      known.set(record, match)
      await slices.pause()
    }
    if (match) found.push(id)
  }
  return found
}

/** E-mails that match, the newest first by internal date. */
export function searchWords(index: AccountIndex, query: WordQuery, limit = Infinity): EmailId[] {
  const { emails } = index.state
  const found = Array.from(evaluate(index, query, 0))
  const dates = new Map(found.map((id) => [id, emails.get(id)?.internalDate ?? 0]))
  found.sort((a, b) => (dates.get(b) ?? 0) - (dates.get(a) ?? 0) || b - a)
  return limit < found.length ? found.slice(0, limit) : found
}

function evaluate(index: AccountIndex, query: WordQuery, depth: number): Set<EmailId> {
  if (depth > QUERY_DEPTH_MAX) throw new RangeError('a query nested too deep')
  if ('all' in query) {
    const sets = query.all.map((part) => evaluate(index, part, depth + 1))
    return sets.reduce((left, right) => left.intersection(right), sets[0] ?? everything(index))
  }
  if ('any' in query) {
    return query.any.reduce(
      (found, part) => found.union(evaluate(index, part, depth + 1)),
      new Set<EmailId>(),
    )
  }
  if ('not' in query) return everything(index).difference(evaluate(index, query.not, depth + 1))
  const found = new Set<EmailId>()
  for (const record of index.words.records(query.field, query.text)) {
    for (const email of index.mails.emailsOf(record)) found.add(email)
  }
  return found
}

function everything(index: AccountIndex): Set<EmailId> {
  return new Set(index.state.emails.ids() as Iterable<EmailId>)
}
