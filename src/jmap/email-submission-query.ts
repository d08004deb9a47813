// EmailSubmission/query (RFC 8621 §7.3).

import * as v from 'valibot'
import { SUBMISSION } from './capabilities.ts'
import type { Context } from './context.ts'
import { formatSubmissionId } from './email-submission-object.ts'
import { type GivenComparator, checkComparator, comparators } from './email-sort.ts'
import { MethodFailure } from './failure.ts'
import { formatEmailId, formatThreadId } from './ids.ts'
import { SORT_LENGTH_MAX } from './limits.ts'
import { parseFilter } from './mailbox-filter.ts'
import { defineMethod } from './method.ts'
import { anyObject, ids, nullable, readArguments, utcDate } from './schema.ts'
import type { SettingRecord } from './setting-records.ts'
import { queryArguments, windowOf } from './standard-query.ts'
import type { Submission } from './submissions.ts'

export const submissionQueryArguments = { filter: nullable(anyObject), sort: comparators }

type Record = SettingRecord<Submission>

const schema = v.strictObject({ ...queryArguments, ...submissionQueryArguments })

export const emailSubmissionQuery = defineMethod('EmailSubmission/query', SUBMISSION, schema, (context, args) => {
  context.checkAccount(args.accountId)
  const found = querySubmissions(context, args)
  return {
    accountId: args.accountId,
    queryState: String(context.shared.submissions.state),
    canCalculateChanges: true,
    ...windowOf({ length: found.length, idAt: (at) => found[at] as string, indexOf: (id) => found.indexOf(id) }, args),
  }
})

/** The ids of those that match, in order. Throws MethodFailure. */
export function querySubmissions(
  { shared: { submissions } }: Context,
  args: v.InferOutput<v.StrictObjectSchema<typeof submissionQueryArguments, undefined>>,
): string[] {
  const test = parseFilter(args.filter, readCondition)
  const compare = orderOf(args.sort)
  return submissions
    .all()
    .filter(test)
    .toSorted(compare)
    .map(({ id }) => formatSubmissionId(id))
}

const condition = v.strictObject({
  identityIds: v.optional(ids),
  emailIds: v.optional(ids),
  threadIds: v.optional(ids),
  undoStatus: v.optional(v.string()),
  before: v.optional(utcDate),
  after: v.optional(utcDate),
})

function readCondition(given: unknown): (record: Record) => boolean {
  const { identityIds, emailIds, threadIds, undoStatus, before, after } = readArguments(condition, given)
  return ({ value }) =>
    (identityIds === undefined || identityIds.includes(value.identity)) &&
    (emailIds === undefined || emailIds.includes(formatEmailId(value.email))) &&
    (threadIds === undefined || threadIds.includes(formatThreadId(value.thread))) &&
    (undoStatus === undefined || undoStatus === 'final') &&
    (before === undefined || value.sendAt < before) &&
    (after === undefined || value.sendAt >= after)
}

/** The RFC calls the date `sentAt` here, and `sendAt` everywhere else. */
const KEYS: Readonly<{ [property: string]: (submission: Submission) => number }> = {
  emailId: ({ email }) => email,
  threadId: ({ thread }) => thread,
  sentAt: ({ sendAt }) => sendAt,
  sendAt: ({ sendAt }) => sendAt,
}

function orderOf(given: readonly GivenComparator[] | null): (a: Record, b: Record) => number {
  if ((given?.length ?? 0) > SORT_LENGTH_MAX) throw new MethodFailure('unsupportedSort')
  const steps = (given ?? []).map((comparator) => {
    checkComparator(comparator, Object.keys(KEYS))
    return { key: KEYS[comparator.property], sign: comparator.isAscending ? 1 : -1 }
  })
  return (a, b) => {
    for (const { key, sign } of steps) {
      const order = (key?.(a.value) ?? 0) - (key?.(b.value) ?? 0)
      if (order !== 0) return sign * order
    }
    return a.id - b.id
  }
}
