// Filter and sort of Mailbox/query (RFC 8621 §2.3).

import * as v from 'valibot'
import type { Mailbox } from '#account/account.ts'
import { collationKey, compareKeys } from './collation.ts'
import { type GivenComparator, checkComparator } from './email-sort.ts'
import { MethodFailure } from './failure.ts'
import { formatMailboxId } from './ids.ts'
import { isObject } from './json-object.ts'
import { FILTER_DEPTH_MAX, FILTER_TERMS_MAX, SORT_LENGTH_MAX } from './limits.ts'
import { mailboxName } from './mailbox-object.ts'
import { flag, id, readArguments } from './schema.ts'

export type MailboxTest = (mailbox: Mailbox) => boolean

const condition = v.strictObject({
  parentId: v.optional(v.nullable(id)),
  name: v.optional(v.string()),
  role: v.optional(v.nullable(v.string())),
  hasAnyRole: v.optional(flag),
  isSubscribed: v.optional(flag),
})

const operator = v.strictObject({ operator: v.picklist(['AND', 'OR', 'NOT']), conditions: v.array(v.unknown()) })

/** Throws MethodFailure. */
export function parseFilter<T>(
  filter: unknown,
  readCondition: (condition: unknown) => (object: T) => boolean,
  depth = 0,
  count = { terms: 0 },
): (object: T) => boolean {
  if (filter === null) return () => true
  if (depth > FILTER_DEPTH_MAX || ++count.terms > FILTER_TERMS_MAX) throw new MethodFailure('unsupportedFilter')
  if (!isObject(filter) || !('operator' in filter)) return readCondition(filter)
  const { operator: name, conditions } = readArguments(operator, filter)
  const tests = conditions.map((part) => {
    if (part === null) throw new MethodFailure('invalidArguments', 'filter: a condition is null')
    return parseFilter(part, readCondition, depth + 1, count)
  })
  if (name === 'AND') return (object) => tests.every((test) => test(object))
  if (name === 'OR') return (object) => tests.some((test) => test(object))
  return (object) => !tests.some((test) => test(object))
}

export function mailboxCondition(given: unknown): MailboxTest {
  const { parentId, name, role, hasAnyRole, isSubscribed } = readArguments(condition, given)
  const wanted = name === undefined ? null : collationKey(name)
  return (mailbox) =>
    (parentId === undefined || (mailbox.parent === null ? null : formatMailboxId(mailbox.parent)) === parentId) &&
    (wanted === null || collationKey(mailboxName(mailbox)).includes(wanted)) &&
    (role === undefined || mailbox.role === role) &&
    (hasAnyRole === undefined || (mailbox.role !== null) === hasAnyRole) &&
    (isSubscribed === undefined || mailbox.subscribed === isSubscribed)
}

export type MailboxOrderOf = (a: Mailbox, b: Mailbox) => number

/** Throws MethodFailure. */
export function parseMailboxSort(given: readonly GivenComparator[] | null): MailboxOrderOf {
  if ((given?.length ?? 0) > SORT_LENGTH_MAX) throw new MethodFailure('unsupportedSort')
  const comparators = (given ?? []).map((comparator) => {
    checkComparator(comparator, ['sortOrder', 'name'])
    if (comparator.keyword !== undefined) throw new MethodFailure('invalidArguments', 'sort: keyword')
    const sign = comparator.isAscending ? 1 : -1
    return (a: Mailbox, b: Mailbox): number =>
      sign *
      (comparator.property === 'sortOrder'
        ? a.sortOrder - b.sortOrder
        : compareKeys(collationKey(mailboxName(a)), collationKey(mailboxName(b))))
  })
  return (a, b) => {
    for (const compare of comparators) {
      const order = compare(a, b)
      if (order !== 0) return order
    }
    return a.id - b.id
  }
}
