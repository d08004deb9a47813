// The EmailSubmission object (RFC 8621 §7).

import { formatUtcDate } from './dates.ts'
import { formatEmailId, formatThreadId, parseNumbered } from './ids.ts'
import type { SettingRecord } from './setting-records.ts'
import type { Submission } from './submissions.ts'

export const SUBMISSION_PROPERTIES = [
  'id',
  'identityId',
  'emailId',
  'threadId',
  'envelope',
  'sendAt',
  'undoStatus',
  'deliveryStatus',
  'dsnBlobIds',
  'mdnBlobIds',
]

export function formatSubmissionId(id: number): string {
  return `s${id}`
}

export function parseSubmissionId(text: string): number | null {
  return parseNumbered(text, 's')
}

/** What becomes of a message is told by bounces, which are mail; it cannot be called back. */
export function submissionObject({ id, value }: SettingRecord<Submission>): Readonly<Record<string, unknown>> {
  return {
    id: formatSubmissionId(id),
    identityId: value.identity,
    emailId: formatEmailId(value.email),
    threadId: formatThreadId(value.thread),
    envelope: {
      mailFrom: { email: value.mailFrom, parameters: null },
      rcptTo: value.rcptTo.map((email) => ({ email, parameters: null })),
    },
    sendAt: formatUtcDate(value.sendAt),
    undoStatus: 'final',
    deliveryStatus: null,
    dsnBlobIds: [],
    mdnBlobIds: [],
  }
}
