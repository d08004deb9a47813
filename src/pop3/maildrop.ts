// INBOX as one POP3 session sees it: the messages that were there at login, by number (RFC 1939 §5), and those to be deleted.
//
// Other sessions may change INBOX meanwhile: a message that is gone cannot be read any more, and nothing else changes here.

import { assert } from '#base/assert.ts'
import type { MailboxId } from '#base/ids.ts'
import type { Account } from '#account/account.ts'

export interface Maildrop {
  readonly mailbox: MailboxId
  readonly uidValidity: number
  /** Kept by reference: the account replaces them when something ends, and only ever appends otherwise. */
  readonly uids: Uint32Array
  readonly emails: Uint32Array
  readonly sizes: Float64Array
  readonly count: number
  /** Positions. */
  readonly deleted: Set<number>
  readonly retrieved: Set<number>
}

export function openMaildrop(account: Account): Maildrop {
  const inbox = account.mailboxByPath('INBOX')
  const view = inbox === null ? null : account.view(inbox.id)
  assert(inbox !== null && view !== null, 'every account has INBOX')
  const { uids, emails, count } = view
  return {
    mailbox: inbox.id,
    uidValidity: inbox.uidValidity,
    uids,
    emails,
    sizes: account.sizes(emails.subarray(0, count)),
    count,
    deleted: new Set(),
    retrieved: new Set(),
  }
}

/** The position of a message number that is there and not deleted, or null. */
export function positionOf(maildrop: Maildrop, argument: string): number | null {
  if (!/^[0-9]{1,10}$/.test(argument)) return null
  const position = Number(argument) - 1
  return position >= 0 && position < maildrop.count && !maildrop.deleted.has(position) ? position : null
}

/** Stable and unique as long as the message is in INBOX (RFC 1939 §7 UIDL). */
export function uniqueId({ uidValidity, uids }: Maildrop, position: number): string {
  return `${uidValidity}.${uids[position]}`
}

/** Messages that are not deleted, and their size. */
export function remaining({ count, sizes, deleted }: Maildrop): { messages: number; sizeBytes: number } {
  let sizeBytes = 0
  for (let position = 0; position < count; position++) {
    if (!deleted.has(position)) sizeBytes += sizes[position] as number
  }
  return { messages: count - deleted.size, sizeBytes }
}
