// EmailSubmission/queryChanges (RFC 8621 §7.4). Nothing that a query asks for ever changes.

import * as v from 'valibot'
import { SUBMISSION } from './capabilities.ts'
import { checkNumber, queryChangesArguments } from './email-query-changes.ts'
import { submissionChanges } from './email-submission-changes.ts'
import { formatSubmissionId } from './email-submission-object.ts'
import { querySubmissions, submissionQueryArguments } from './email-submission-query.ts'
import { defineMethod } from './method.ts'

const schema = v.strictObject({ ...queryChangesArguments, ...submissionQueryArguments })

export const emailSubmissionQueryChanges = defineMethod(
  'EmailSubmission/queryChanges',
  SUBMISSION,
  schema,
  (context, args) => {
    context.checkAccount(args.accountId)
    const { submissions } = context.shared
    const { created, destroyed } = submissionChanges(submissions, args.sinceQueryState)
    const found = querySubmissions(context, args)
    const last = args.upToId === null ? -1 : found.indexOf(args.upToId)
    const isNew = new Set(created.map(formatSubmissionId))
    const added = found
      .map((id, index) => ({ id, index }))
      .filter(({ id, index }) => isNew.has(id) && (last < 0 || index <= last))
    checkNumber(destroyed.length + added.length, args.maxChanges)
    return {
      accountId: args.accountId,
      oldQueryState: args.sinceQueryState,
      newQueryState: String(submissions.state),
      ...(args.calculateTotal ? { total: found.length } : {}),
      removed: destroyed.map(formatSubmissionId),
      added,
    }
  },
)
