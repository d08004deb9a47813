// What a client says of an Email beside its message: mailboxes, keywords, when it was received (RFC 8621 §4.1.1).

import type { MailboxId } from '#base/ids.ts'
import type { Account } from '#account/account.ts'
import type { Context } from './context.ts'
import { parseUtcDate } from './dates.ts'
import { SetFailure } from './failure.ts'
import { parseMailboxId } from './ids.ts'
import { type Json, isObject } from './json-object.ts'
import { parseKeyword } from './keywords.ts'
import { KEYWORDS_MAX, KEYWORDS_PER_EMAIL_MAX, MAILBOXES_PER_EMAIL_MAX } from './limits.ts'

/** At least one, all there; null if it is not so. Throws SetFailure. */
export function readMailboxIds(context: Context, value: Json | undefined): MailboxId[] | null {
  const names = readSet(value)
  if (names === null || names.length === 0) return null
  const mailboxes = new Set<MailboxId>()
  for (const name of names) {
    const mailbox = parseMailboxId(context.resolveId(name) ?? '')
    if (mailbox === null || context.account.mailbox(mailbox) === null) return null
    mailboxes.add(mailbox)
  }
  if (mailboxes.size > MAILBOXES_PER_EMAIL_MAX) throw new SetFailure('tooManyMailboxes')
  return [...mailboxes]
}

/** In lower case; null if it is no set of keywords. Throws SetFailure. */
export function readKeywords(account: Account, value: Json | undefined): string[] | null {
  const names = value === undefined ? [] : readSet(value)
  const keywords = names?.map(parseKeyword) ?? [null]
  if (keywords.includes(null)) return null
  const given = [...new Set(keywords as string[])]
  if (given.length > KEYWORDS_PER_EMAIL_MAX || isBeyondLimit(account, given)) throw new SetFailure('tooManyKeywords')
  return given
}

const SYSTEM_KEYWORDS = new Set([
  '$seen',
  '$answered',
  '$flagged',
  '$draft',
  '$forwarded',
  '$junk',
  '$notjunk',
  '$phishing',
])

/** Whether these would give the account more keywords than it may have. */
function isBeyondLimit(account: Account, keywords: readonly string[]): boolean {
  if (keywords.every((keyword) => SYSTEM_KEYWORDS.has(keyword))) return false
  const known = new Set(account.keywords())
  const added = keywords.filter((keyword) => !known.has(keyword) && !SYSTEM_KEYWORDS.has(keyword))
  return added.length > 0 && known.size + added.length > KEYWORDS_MAX
}

/** The members of an object all of whose members are true (RFC 8620 §1.2). */
function readSet(value: Json | undefined): string[] | null {
  if (!isObject(value)) return null
  return Object.values(value).every((member) => member === true) ? Object.keys(value) : null
}

/** Milliseconds since the Unix epoch; null if it is not a date. */
export function readReceivedAt(value: Json | undefined, now: number): number | null {
  if (value === undefined || value === null) return now
  return typeof value === 'string' ? parseUtcDate(value) : null
}
