// Identifiers. Each is branded: an account id cannot be passed where a mailbox id is meant.

import type { Brand } from './brand.ts'
import { asBuffer } from './bytes.ts'

/** 16 random bytes as 32 lower-case hexadecimal digits; says nothing about whose account it is. */
export type AccountId = Brand<string, 'AccountId'>

/** A record's position in its account's log, from 0. */
export type Seq = Brand<number, 'Seq'>

/** A mailbox, within its account; never reused. 1 is INBOX. */
export type MailboxId = Brand<number, 'MailboxId'>

/** An e-mail, within its account: JMAP's Email, from 1; never reused. */
export type EmailId = Brand<number, 'EmailId'>

/** A conversation: the id of the e-mail that began it. */
export type ThreadId = Brand<number, 'ThreadId'>

/** IMAP's unique identifier of an e-mail in one mailbox, 1 to 2^32 - 1. */
export type Uid = Brand<number, 'Uid'>

/** A change counter of one account: the number of the log record that made the change, plus one. */
export type Modseq = Brand<number, 'Modseq'>

const ACCOUNT_ID = /^[0-9a-f]{32}$/

export function isAccountId(text: string): text is AccountId {
  return ACCOUNT_ID.test(text)
}

/** Returns null for text that is not an account id. */
export function parseAccountId(text: string): AccountId | null {
  return isAccountId(text) ? text : null
}

export function accountIdFromBytes(bytes: Uint8Array): AccountId {
  if (bytes.length !== 16) throw new RangeError('an account id has 16 bytes')
  return asBuffer(bytes).toString('hex') as AccountId
}

export function accountIdToBytes(id: AccountId): Uint8Array {
  return Buffer.from(id, 'hex')
}

/** The account that holds the directory itself: domains, addresses, accounts. */
export const SYSTEM_ACCOUNT = '00000000000000000000000000000000' as AccountId
