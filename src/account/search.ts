// Searching: by substrings for IMAP, by words for people. Each asks its own index for the records that may or do match, and maps those to
// the e-mails that are there.

import type { EmailId } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { Clock } from '#platform/clock.ts'
import type { AccountIndex } from './account-index.ts'
import type { TextCriterion } from './account.ts'
import { collapse, fold, headerFieldTexts, headerText } from './searched-text.ts'
import type { Area } from './signature.ts'
import { Slices } from './turns.ts'
import type { WordField, WordQuery } from './word-index.ts'

/** Nesting of a word query. */
const QUERY_DEPTH_MAX = 32

function areasOf(field: TextCriterion['field']): readonly Area[] {
  if (field === 'text') return ['body', 'header']
  return field === 'body' ? ['body'] : ['header']
}

/** Records that may match; null if that cannot be told. */
function* candidatesOf(index: AccountIndex, field: TextCriterion['field'], needle: string): Steps<Set<number> | null> {
  let found: Set<number> | null = null
  for (const area of areasOf(field)) {
    const candidates = yield* index.substrings.candidates(area, needle)
    if (candidates === null) return null
    found = found === null ? candidates : found.union(candidates)
  }
  return found
}

/** The text of one record decides. */
function matches(index: AccountIndex, record: number, criterion: TextCriterion, needle: string): boolean {
  const { substrings, content } = index
  const contains = (folded: string): boolean => folded.includes(needle)
  const header = (): Buffer => content.item('header', record) ?? Buffer.alloc(0)
  const inFields = (name: string): boolean => headerFieldTexts(header(), name).some((text) => contains(fold(text)))
  switch (criterion.field) {
    case 'header':
      return inFields(criterion.name.toLowerCase())
    case 'body':
      return substrings.body(record)?.some(contains) === true
    case 'text':
      return substrings.body(record)?.some(contains) === true || contains(fold(headerText(header())))
    case 'subject':
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
      // Addresses are kept in one form; their field may write them in another.
      return contains(substrings.field(record, criterion.field) ?? '') || inFields(criterion.field)
  }
}

/** Those of `ids`, in their order, that match. */
export async function searchText(
  index: AccountIndex,
  clock: Clock,
  criterion: TextCriterion,
  ids: ArrayLike<number>,
  progress?: (done: number) => void,
): Promise<EmailId[]> {
  const needle = fold(collapse(criterion.value))
  const slices = new Slices(clock)
  const candidates = needle === '' ? null : await slices.run(candidatesOf(index, criterion.field, needle))
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
      progress?.(at + 1)
    }
    if (match) found.push(id)
  }
  return found
}

/** E-mails that match, in the order of their ids. */
export async function searchWords(index: AccountIndex, clock: Clock, query: WordQuery): Promise<EmailId[]> {
  const found = await evaluate(index, new Slices(clock), query, 0)
  return Array.from(Uint32Array.from(found).sort()) as EmailId[]
}

/** Matches that are read at a time, in about 10 ms. To go on in the middle costs FTS5 more the further it has come, so that there should be few. */
const BATCH = 10_000

async function evaluate(index: AccountIndex, slices: Slices, query: WordQuery, depth: number): Promise<Set<EmailId>> {
  if (depth > QUERY_DEPTH_MAX) throw new RangeError('a query nested too deep')
  if ('not' in query) return everything(index).difference(await evaluate(index, slices, query.not, depth + 1))
  if ('field' in query) return withWords(index, slices, query.field, query.text)
  const parts: Set<EmailId>[] = []
  for (const part of 'all' in query ? query.all : query.any) {
    parts.push(await evaluate(index, slices, part, depth + 1))
  }
  if ('any' in query) return parts.reduce((found, part) => found.union(part), new Set<EmailId>())
  return parts.reduce((left, right) => left.intersection(right), parts[0] ?? everything(index))
}

async function withWords(
  index: AccountIndex,
  slices: Slices,
  field: WordField | null,
  text: string,
): Promise<Set<EmailId>> {
  const found = new Set<EmailId>()
  for (let after = -1; ;) {
    const batch = index.words.records(field, text, after, BATCH)
    for (const email of index.mails.manyEmailsOf(batch)) found.add(email)
    const last = batch.at(-1)
    if (last === undefined || batch.length < BATCH) return found
    after = last
    await slices.pause()
  }
}

function everything(index: AccountIndex): Set<EmailId> {
  return new Set(index.state.emails.ids() as Iterable<EmailId>)
}
