// What a script wants to be done with a message. Nothing has been done yet: whoever ran it does all of it, or files the message into INBOX.

import type { Octets } from '#message/part.ts'
import type { SieveAddress } from './sieve-address.ts'
import type { HeaderEdit } from './header-edit.ts'
import type { SieveIssue } from './issue.ts'
import type { MessageView } from './message-view.ts'

export interface Filing {
  /** A path as text; null for the main mailbox. */
  readonly mailbox: string | null
  /** The mailbox with this attribute, as `\Junk`, is meant; `mailbox` if there is none. */
  readonly specialUse: string | null
  /** It is made if it is not there. */
  readonly create: boolean
  /** As in IMAP. */
  readonly flags: readonly Octets[]
}

/** The message is sent on. */
export interface Redirect extends SieveAddress {
  /** With this header; null: as it came. */
  readonly edit: HeaderEdit | null
}

export interface Vacation {
  /** What is answered only once in so many seconds to one sender. */
  readonly handle: string
  readonly seconds: number
  readonly subject: string | null
  readonly from: SieveAddress | null
  /** Other addresses of the owner. */
  readonly addresses: readonly string[]
  readonly isMime: boolean
  readonly reason: Octets
}

/** RFC 7352: remembered when everything is done. */
export interface SeenMark {
  readonly handle: Octets
  readonly uniqueId: Octets
  readonly seconds: number
  /** It counts from now on, though it was seen before. */
  readonly isLast: boolean
}

export interface Failure extends SieveIssue {
  /** The included script; null for the one that was run. */
  readonly script: string | null
}

export interface Outcome {
  /** Empty if it was discarded, or only sent on. */
  readonly filings: readonly Filing[]
  readonly redirects: readonly Redirect[]
  readonly vacation: Vacation | null
  /** The message as it was when "vacation" looked at it (RFC 5293 §7). */
  readonly answered: MessageView | null
  readonly seen: readonly SeenMark[]
  /** The run ended with it: then there is one filing, into INBOX, and nothing else. */
  readonly failure: Failure | null
}

/** Nothing is done but this: the message is in INBOX, and the failure is told (RFC 5228 §2.10.6). */
export function failedOutcome(failure: Failure): Outcome {
  const filing: Filing = { mailbox: null, specialUse: null, create: false, flags: [] }
  return { filings: [filing], redirects: [], vacation: null, answered: null, seen: [], failure }
}
