// EmailSubmission/get (RFC 8621 §7.1).

import * as v from 'valibot'
import { SUBMISSION } from './capabilities.ts'
import { SUBMISSION_PROPERTIES, formatSubmissionId, submissionObject } from './email-submission-object.ts'
import { defineMethod } from './method.ts'
import { boundedIds, getArguments, knownProperties, pick } from './standard-get.ts'

const schema = v.strictObject(getArguments)

export const emailSubmissionGet = defineMethod('EmailSubmission/get', SUBMISSION, schema, (context, args) => {
  context.checkAccount(args.accountId)
  const { submissions } = context.shared
  const properties = knownProperties(args.properties, SUBMISSION_PROPERTIES)
  const byId = new Map(submissions.all().map((record) => [formatSubmissionId(record.id), record]))
  const ids = args.ids === null ? [...byId.keys()] : boundedIds(args.ids)
  const found = ids.map((id) => byId.get(id)).filter((record) => record !== undefined)
  return {
    accountId: args.accountId,
    state: String(submissions.state),
    list: found.map((record) => pick(submissionObject(record), properties)),
    notFound: ids.filter((id) => !byId.has(id)),
  }
})
