// Ids as clients see them (RFC 8620 §1.2): a letter that says what it is, then the account's own number. They begin with a letter, as the RFC
// recommends, and never change.

import type { AccountId, EmailId, MailboxId, ThreadId } from '#base/ids.ts'
import { ID_LENGTH_MAX } from './limits.ts'

const ID = /^[A-Za-z0-9_-]+$/
const U32_MAX = 0xffff_ffff

export function isId(text: string): boolean {
  return text.length <= ID_LENGTH_MAX && ID.test(text)
}

export function formatAccountId(id: AccountId): string {
  return `a${id}`
}

export function formatEmailId(id: EmailId): string {
  return `e${id}`
}

export function formatThreadId(id: ThreadId): string {
  return `t${id}`
}

export function formatMailboxId(id: MailboxId): string {
  return `m${id}`
}

/** Null for what is no id of that kind, so that there is no such object. */
export function parseEmailId(text: string): EmailId | null {
  return parseNumbered(text, 'e') as EmailId | null
}

export function parseThreadId(text: string): ThreadId | null {
  return parseNumbered(text, 't') as ThreadId | null
}

export function parseMailboxId(text: string): MailboxId | null {
  return parseNumbered(text, 'm') as MailboxId | null
}

/** Canonical decimal, 1 to 2^32 - 1, after the letter. */
export function parseNumbered(text: string, letter: string): number | null {
  if (!text.startsWith(letter) || !/^[1-9]\d{0,9}$/.test(text.slice(1))) return null
  const value = Number(text.slice(1))
  return value <= U32_MAX ? value : null
}
