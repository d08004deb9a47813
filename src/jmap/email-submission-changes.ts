// EmailSubmission/changes (RFC 8621 §7.2). There are few: all changes are told at once.

import { SUBMISSION } from './capabilities.ts'
import { formatSubmissionId } from './email-submission-object.ts'
import { changesSchema } from './mailbox-changes.ts'
import { defineMethod } from './method.ts'
import type { RecordChanges } from './setting-records.ts'
import { unknownState } from './state-strings.ts'
import type { Submissions } from './submissions.ts'

export const emailSubmissionChanges = defineMethod(
  'EmailSubmission/changes',
  SUBMISSION,
  changesSchema,
  (context, args) => {
    context.checkAccount(args.accountId)
    const { submissions } = context.shared
    const { created, updated, destroyed } = submissionChanges(submissions, args.sinceState)
    if (created.length + updated.length + destroyed.length > (args.maxChanges ?? Infinity)) throw unknownState()
    return {
      accountId: args.accountId,
      oldState: args.sinceState,
      newState: String(submissions.state),
      hasMoreChanges: false,
      created: created.map(formatSubmissionId),
      updated: updated.map(formatSubmissionId),
      destroyed: destroyed.map(formatSubmissionId),
    }
  },
)

/** Throws MethodFailure. */
export function submissionChanges(submissions: Submissions, state: string): RecordChanges {
  const changes = /^\d{1,15}$/.test(state) ? submissions.changesSince(Number(state)) : null
  if (changes === null) throw unknownState()
  return changes
}
