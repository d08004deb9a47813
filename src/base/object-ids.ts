// Ids of objects as clients see them, the same over JMAP (RFC 8620 §1.2) and IMAP (RFC 8474 §4, §5): a letter that says what it is, then
// the account's own number. They begin with a letter, as both recommend, and never change.

import type { EmailId, MailboxId, ThreadId } from './ids.ts'

const U32_MAX = 0xffff_ffff

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
