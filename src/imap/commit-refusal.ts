// What a client is told when the log does not take a change (RFC 5530 §3, RFC 9208 §4.3).

import { unreachable } from '#base/assert.ts'
import type { CommitRefusedError } from '#account/account.ts'
import { type Completion, no } from './command.ts'

/** RFC 5530 §3: NOPERM. Of a session that may read and no more. */
export const READ_ONLY: Completion = no('This password may only read', 'NOPERM')

export function refusalOf(error: CommitRefusedError): Completion {
  switch (error.reason) {
    case 'overQuota':
      return no('The quota does not allow this', 'OVERQUOTA')
    case 'tooLarge':
      return no('This is more than can be stored at once', 'LIMIT')
    case 'readOnly':
      return READ_ONLY
    case 'noSpace':
    case 'unavailable':
      return no('Nothing can be stored at the moment; nothing was changed', 'UNAVAILABLE')
    default:
      return unreachable(error.reason)
  }
}
