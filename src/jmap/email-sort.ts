// The sort of Email/query (RFC 8621 §4.4.2).

import * as v from 'valibot'
import { MethodFailure } from './failure.ts'
import { parseKeyword } from './keywords.ts'
import { SORT_LENGTH_MAX } from './limits.ts'
import { flag, withDefault } from './schema.ts'

export const EMAIL_SORT_PROPERTIES = [
  'receivedAt',
  'size',
  'from',
  'to',
  'subject',
  'sentAt',
  'hasKeyword',
  'allInThreadHaveKeyword',
  'someInThreadHaveKeyword',
] as const

type EmailSortProperty = (typeof EMAIL_SORT_PROPERTIES)[number]

export interface EmailComparator {
  readonly property: EmailSortProperty
  readonly isAscending: boolean
  /** Of the last three. */
  readonly keyword: string
}

const KEYWORD_PROPERTIES: readonly string[] = ['hasKeyword', 'allInThreadHaveKeyword', 'someInThreadHaveKeyword']

export const comparators = v.optional(
  v.nullable(
    v.pipe(
      v.array(
        v.strictObject({
          property: v.string(),
          isAscending: withDefault(flag, true),
          collation: v.optional(v.string()),
          keyword: v.optional(v.string()),
        }),
      ),
    ),
  ),
  null,
)

export type GivenComparator = NonNullable<v.InferOutput<typeof comparators>>[number]

/** The one that the Session object names. */
export const COLLATION = 'i;unicode-casemap'

/** Throws MethodFailure. */
export function checkComparator({ property, collation }: GivenComparator, properties: readonly string[]): void {
  if (!properties.includes(property)) throw new MethodFailure('unsupportedSort')
  if (collation !== undefined && collation !== COLLATION) throw new MethodFailure('unsupportedSort')
}

/** Throws MethodFailure. */
export function parseEmailSort(given: readonly GivenComparator[] | null): EmailComparator[] {
  if ((given?.length ?? 0) > SORT_LENGTH_MAX) throw new MethodFailure('unsupportedSort')
  return (given ?? []).map((comparator) => {
    checkComparator(comparator, EMAIL_SORT_PROPERTIES)
    const { isAscending, keyword } = comparator
    const property = comparator.property as EmailSortProperty
    const needsKeyword = KEYWORD_PROPERTIES.includes(property)
    const parsed = keyword === undefined ? null : parseKeyword(keyword)
    if (needsKeyword !== (keyword !== undefined) || (needsKeyword && parsed === null)) {
      throw new MethodFailure('invalidArguments', 'sort: a keyword, where it is sorted by one, and only there')
    }
    return { property, isAscending, keyword: parsed ?? '' }
  })
}

export function sortsByThread(sort: readonly EmailComparator[]): boolean {
  return sort.some(({ property }) => property === 'allInThreadHaveKeyword' || property === 'someInThreadHaveKeyword')
}

/** What it sorts by may change. */
export function isMutableSort(sort: readonly EmailComparator[]): boolean {
  return sort.some(({ property }) => KEYWORD_PROPERTIES.includes(property))
}
