// What this server offers (RFC 8620 §2, RFC 8621 §1.3). Only what is wholly there.

import { APP_PASSWORDS_MAX } from '#account/app-passwords.ts'
import { PASSKEYS_MAX } from '#account/passkeys.ts'
import { COLLATION, EMAIL_SORT_PROPERTIES } from './email-sort.ts'
import {
  ATTACHMENT_BYTES_MAX,
  CALLS_IN_REQUEST_MAX,
  CONCURRENT_REQUESTS_MAX,
  CONCURRENT_UPLOADS_MAX,
  MAILBOXES_PER_EMAIL_MAX,
  MAILBOX_DEPTH_MAX,
  MAILBOX_NAME_BYTES_MAX,
  OBJECTS_IN_GET_MAX,
  OBJECTS_IN_SET_MAX,
  PAST_MESSAGES_MAX,
  POINTS_IN_ANSWER_MAX,
  REQUEST_BYTES_MAX,
  RESTORED_AT_ONCE_MAX,
  UPLOAD_BYTES_MAX,
} from './limits.ts'

export const CORE = 'urn:ietf:params:jmap:core'
export const MAIL = 'urn:ietf:params:jmap:mail'
export const SUBMISSION = 'urn:ietf:params:jmap:submission'

/** Ours: docs/formats/jmap-integrity.md. */
export const INTEGRITY = 'urn:mailkeep:integrity'
/** Ours: docs/formats/jmap-restore.md. */
export const RESTORE = 'urn:mailkeep:restore'

/** Ours: docs/formats/jmap-recovery.md. */
export const RECOVERY = 'urn:mailkeep:recovery'

/** Ours: docs/formats/jmap-keys.md. */
export const KEYS = 'urn:mailkeep:keys'

export type Capability =
  | typeof CORE
  | typeof MAIL
  | typeof SUBMISSION
  | typeof INTEGRITY
  | typeof RESTORE
  | typeof RECOVERY
  | typeof KEYS

/** Of the server. */
export const CAPABILITIES: ReadonlyMap<string, Record<string, unknown>> = new Map<Capability, Record<string, unknown>>([
  [
    CORE,
    {
      maxSizeUpload: UPLOAD_BYTES_MAX,
      maxConcurrentUpload: CONCURRENT_UPLOADS_MAX,
      maxSizeRequest: REQUEST_BYTES_MAX,
      maxConcurrentRequests: CONCURRENT_REQUESTS_MAX,
      maxCallsInRequest: CALLS_IN_REQUEST_MAX,
      maxObjectsInGet: OBJECTS_IN_GET_MAX,
      maxObjectsInSet: OBJECTS_IN_SET_MAX,
      collationAlgorithms: [COLLATION],
    },
  ],
  [MAIL, {}],
  [SUBMISSION, {}],
  [INTEGRITY, {}],
  [RESTORE, {}],
  [RECOVERY, {}],
  [KEYS, {}],
])

/** Of the account: what its methods can do there. */
export const ACCOUNT_CAPABILITIES: Readonly<Record<Exclude<Capability, typeof CORE>, Record<string, unknown>>> = {
  [MAIL]: {
    maxMailboxesPerEmail: MAILBOXES_PER_EMAIL_MAX,
    maxMailboxDepth: MAILBOX_DEPTH_MAX,
    maxSizeMailboxName: MAILBOX_NAME_BYTES_MAX,
    maxSizeAttachmentsPerEmail: ATTACHMENT_BYTES_MAX,
    emailQuerySortOptions: EMAIL_SORT_PROPERTIES,
    mayCreateTopLevelMailbox: true,
  },
  [SUBMISSION]: {
    maxDelayedSend: 0,
    submissionExtensions: {},
  },
  [INTEGRITY]: {},
  [RESTORE]: {
    maxMessagesInRun: RESTORED_AT_ONCE_MAX,
    maxMessagesInList: PAST_MESSAGES_MAX,
    maxPoints: POINTS_IN_ANSWER_MAX,
  },
  [RECOVERY]: {},
  [KEYS]: { maxAppPasswords: APP_PASSWORDS_MAX, maxPasskeys: PASSKEYS_MAX },
}
