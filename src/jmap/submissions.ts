// What was sent (RFC 8621 §7). The queue delivers, and bounces what it cannot deliver; here is only the record that it took a message, for as long
// as there is room.

import type { EmailId, ThreadId } from '#base/ids.ts'
import type { Account } from '#account/account.ts'
import type { SettingValue } from '#account/operation.ts'
import { SUBMISSIONS_MAX } from './limits.ts'
import { SettingRecords } from './setting-records.ts'

export type Submission = {
  readonly identity: string
  readonly email: EmailId
  readonly thread: ThreadId
  readonly mailFrom: string
  readonly rcptTo: readonly string[]
  /** Milliseconds since the Unix epoch. */
  readonly sendAt: number
}

const PREFIX = 'jmap/submission'

export type Submissions = SettingRecords<Submission>

export function openSubmissions(account: Account): Submissions {
  return new SettingRecords(account, { prefix: PREFIX, slots: SUBMISSIONS_MAX, evicts: true, decode })
}

function decode(value: SettingValue): Submission | null {
  return typeof value === 'object' && value !== null && 'sendAt' in value ? (value as unknown as Submission) : null
}
