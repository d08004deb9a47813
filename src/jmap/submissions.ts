// What was sent (RFC 8621 §7). The queue delivers, and bounces what it cannot deliver; here is only the record that it took a message, for as long
// as there is room.

import * as v from 'valibot'
import type { EmailId, ThreadId } from '#base/ids.ts'
import type { Account } from '#account/account.ts'
import type { SettingValue } from '#account/operation.ts'
import { SUBMISSIONS_MAX } from './limits.ts'
import { SettingRecords } from './setting-records.ts'

const schema = v.object({
  identity: v.string(),
  email: v.pipe(v.number(), v.safeInteger()),
  thread: v.pipe(v.number(), v.safeInteger()),
  mailFrom: v.string(),
  rcptTo: v.pipe(v.array(v.string()), v.readonly()),
  /** Milliseconds since the Unix epoch. */
  sendAt: v.pipe(v.number(), v.safeInteger()),
})

export type Submission = Omit<v.InferOutput<typeof schema>, 'email' | 'thread'> & {
  readonly email: EmailId
  readonly thread: ThreadId
}

const PREFIX = 'jmap/submission'

export type Submissions = SettingRecords<Submission>

export function openSubmissions(account: Account): Submissions {
  return new SettingRecords(account, { prefix: PREFIX, slots: SUBMISSIONS_MAX, evicts: true, decode })
}

function decode(value: SettingValue): Submission | null {
  const result = v.safeParse(schema, value)
  return result.success ? (result.output as Submission) : null
}
