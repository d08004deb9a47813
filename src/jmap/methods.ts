// All methods, by name.

import { blobCopy } from './blob-copy.ts'
import { coreEcho } from './core-echo.ts'
import { emailChanges } from './email-changes.ts'
import { emailCopy } from './email-copy.ts'
import { emailGet } from './email-get.ts'
import { emailImport } from './email-import.ts'
import { emailParse } from './email-parse.ts'
import { emailQueryChanges } from './email-query-changes.ts'
import { emailQuery } from './email-query.ts'
import { emailSet } from './email-set.ts'
import { emailSubmissionChanges } from './email-submission-changes.ts'
import { emailSubmissionGet } from './email-submission-get.ts'
import { emailSubmissionQueryChanges } from './email-submission-query-changes.ts'
import { emailSubmissionQuery } from './email-submission-query.ts'
import { emailSubmissionSet } from './email-submission-set.ts'
import { identityChanges } from './identity-changes.ts'
import { identityGet } from './identity-get.ts'
import { identitySet } from './identity-set.ts'
import { integrityGet } from './integrity-get.ts'
import { integrityProve } from './integrity-prove.ts'
import { keySlotGet } from './key-slot-get.ts'
import { keySlotBeginPasskey, keySlotChangePassword, keySlotSet } from './key-slot-set.ts'
import { mailboxChanges } from './mailbox-changes.ts'
import { mailboxGet } from './mailbox-get.ts'
import { mailboxQueryChanges } from './mailbox-query-changes.ts'
import { mailboxQuery } from './mailbox-query.ts'
import { mailboxSet } from './mailbox-set.ts'
import type { Method } from './method.ts'
import {
  recoveryDrill,
  recoveryGet,
  recoveryIssueShares,
  recoveryNewCode,
  recoveryRefuseEscrow,
  recoveryRevokeShares,
  recoverySetSecurity,
} from './recovery-methods.ts'
import { restorePoints } from './restore-points.ts'
import { restorePreview } from './restore-preview.ts'
import { restoreDryRun, restoreRun } from './restore-run.ts'
import { restoreMessages, restoreShow } from './restore-show.ts'
import { searchSnippetGet } from './search-snippet-get.ts'
import { threadChanges } from './thread-changes.ts'
import { threadGet } from './thread-get.ts'

export const METHODS: ReadonlyMap<string, Method> = new Map(
  [
    coreEcho,
    blobCopy,
    mailboxGet,
    mailboxChanges,
    mailboxQuery,
    mailboxQueryChanges,
    mailboxSet,
    threadGet,
    threadChanges,
    emailGet,
    emailChanges,
    emailQuery,
    emailQueryChanges,
    emailSet,
    emailCopy,
    emailImport,
    emailParse,
    searchSnippetGet,
    identityGet,
    identityChanges,
    identitySet,
    emailSubmissionGet,
    emailSubmissionChanges,
    emailSubmissionQuery,
    emailSubmissionQueryChanges,
    emailSubmissionSet,
    integrityGet,
    integrityProve,
    restorePoints,
    restoreShow,
    restoreMessages,
    restorePreview,
    restoreDryRun,
    restoreRun,
    recoveryGet,
    recoveryNewCode,
    recoveryIssueShares,
    recoveryRevokeShares,
    recoverySetSecurity,
    recoveryDrill,
    recoveryRefuseEscrow,
    keySlotGet,
    keySlotSet,
    keySlotChangePassword,
    keySlotBeginPasskey,
  ].map((method) => [method.name, method]),
)
