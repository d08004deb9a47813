// Where new mail goes when it is filed: into INBOX, unless whoever opened the account has said otherwise.

import type { MailboxId } from '#base/ids.ts'
import type { Summary } from '#message/summary.ts'
import type { Operation, Outcome, SettingValue } from './operation.ts'
import { INBOX } from './state.ts'
import type { Slices } from './turns.ts'

/** An e-mail that is made of a message. */
interface PlacedEmail {
  readonly mailboxes: readonly MailboxId[]
  readonly keywords: readonly string[]
}

export type SetOperation = Extract<Operation, { kind: 'set' }>

/** What is done with a message, in one journal record: all of it or nothing. */
export interface Placement {
  /** At least one; two that differ in keywords are two e-mails of one record. */
  readonly emails: readonly PlacedEmail[]
  /** Settings that change along with it. `read` has what the placements before it, in the same record, change. */
  readonly settings?: (read: (key: string) => SettingValue) => readonly SetOperation[]
  /** Bytes that the settings take in a journal record, about. */
  readonly settingBytes?: number
  /** It is durable. `outcomes` in the order of `emails`. */
  readonly filed?: (outcomes: readonly Outcome[]) => void
}

/** A message that is about to be filed. */
export interface NewMail {
  readonly record: number
  readonly receivedAt: number
  readonly summary: Summary
  /** For long work. */
  readonly slices: Slices
  /** Its bytes, verified, to be wiped by the caller; null if they cannot be read. */
  open(): Buffer | null
}

/**
 * Asked once for each message; again if the log refused the filing, or the account was closed before. A promise that is rejected with
 * CommitRefusedError is tried again later.
 */
export type PlaceMail = (mail: NewMail) => Placement | Promise<Placement>

const INTO_INBOX: Placement = { emails: [{ mailboxes: [INBOX], keywords: [] }] }

export const intoInbox: PlaceMail = () => INTO_INBOX
