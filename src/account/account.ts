// An unlocked account, as protocol engines see it. It lives in one vault process, shared by all sessions of its owner.
//
// Reading is synchronous and always shows durable state: nothing that a reader sees can be lost by a crash. Writing is
// `commit`: operations go to the log first, and are applied to the index only when they are durable there. Commits that
// wait at the same time share one log record.

import type { AccountId, EmailId, MailboxId, Modseq, ThreadId, Uid } from '#base/ids.ts'
import type { Part } from '#message/part.ts'
import type { Summary } from '#message/summary.ts'
import type { SortKeyName, SortKeys } from './derive.ts'
import type { Integrity } from './integrity.ts'
import type { MailboxRole, Operation, Outcome, RangeSet, SettingValue } from './operation.ts'
import type { TimeTravel } from './past/time-travel.ts'
import type { WordQuery } from './word-index.ts'

export type { Summary } from '#message/summary.ts'
export type { SortKeyName, SortKeys } from './derive.ts'
export type { WordField, WordQuery } from './word-index.ts'

export interface Mailbox {
  readonly id: MailboxId
  readonly parent: MailboxId | null
  readonly name: string
  /** Names from the top, joined by `/`. */
  readonly path: string
  readonly role: MailboxRole | null
  readonly subscribed: boolean
  readonly sortOrder: number
  readonly uidValidity: number
  readonly uidNext: number
  /** Of the latest change to its own properties: its name, its place, its role, … */
  readonly modseq: Modseq
  /** Of the latest change to any of its memberships, or to their e-mails' keywords. */
  readonly highestModseq: Modseq
  readonly messages: number
  readonly unseen: number
  readonly deleted: number
  readonly sizeBytes: number
}

/** A set of keywords that some e-mail has; equal sets are one object, so that what is derived from it can be kept. */
export interface FlagSet {
  readonly id: number
  /** Sorted; `$seen`, `$answered`, `$flagged`, `$draft` and the owner's own, lower-cased. */
  readonly keywords: readonly string[]
  /** IMAP's `\Deleted` of one membership. */
  readonly deleted: boolean
}

/**
 * The messages of one mailbox in UID order, in columns. Live: later commits change it. `uids` and `emails` are replaced, never
 * shifted in place, when a membership ends, so that a session may keep the arrays (with the count) it has told its client of.
 */
export interface MailboxView {
  readonly mailbox: MailboxId
  readonly count: number
  /** Increasing; entries at `count` and beyond are spare. */
  readonly uids: Uint32Array
  readonly emails: Uint32Array
  /** Ids of FlagSets. */
  readonly flags: Uint32Array
  readonly modseqs: Float64Array
  /** How many of its memberships have each FlagSet. */
  readonly flagCounts: ReadonlyMap<number, number>
  /** Changes whenever a membership ends. */
  readonly generation: number
  /** Position of a UID, or -1. */
  indexOf(uid: number): number
}

/** What the index keeps of an e-mail, ready to use. */
export interface Email {
  readonly id: EmailId
  readonly thread: ThreadId
  readonly sizeBytes: number
  readonly internalDate: number
  readonly modseq: Modseq
  readonly keywords: readonly string[]
  readonly mailboxes: readonly MailboxId[]
  /** Its record could not be read: until it can, everything shown of it is of a notice that says so. */
  readonly damaged: boolean
}

/** Ready-made items of IMAP's FETCH, as bytes to send. */
export type StoredItem = 'envelope' | 'bodystructure' | 'body' | 'header'

/** IMAP's SEARCH: which text contains `value`, whatever the case and the line breaks. */
export type TextCriterion =
  | { readonly field: 'subject' | 'from' | 'to' | 'cc' | 'bcc' | 'body' | 'text'; readonly value: string }
  /** A header field by its name; with an empty `value`, whether it is there. */
  | { readonly field: 'header'; readonly name: string; readonly value: string }

export interface EmailChange {
  readonly email: EmailId
  readonly thread: ThreadId
  /** When it came, changed last, or went. */
  readonly modseq: Modseq
  /** `\Deleted` was set or removed somewhere meanwhile: that it is in a mailbox does not mean that it was seen there. */
  readonly isMarked: boolean
}

/**
 * What came, changed and went after some modseq (JMAP's `/changes`), by e-mail. An e-mail of which every membership is marked `\Deleted` has
 * gone; it comes back with the mark's removal (RFC 8621 §4.1.1).
 */
export interface ChangesSince {
  readonly created: readonly EmailChange[]
  readonly updated: readonly EmailChange[]
  /** Also those that came and went meanwhile. */
  readonly destroyed: readonly EmailChange[]
}

export interface MailboxChangesSince {
  /** Also those that came, and those of which only counts changed. */
  readonly updated: readonly MailboxId[]
  readonly destroyed: readonly MailboxId[]
}

/** Something changed, after a commit was applied. Only what a session may have to tell its client. */
export interface Change {
  readonly modseq: Modseq
  /** Mailboxes whose list of messages, or whose messages' flags, changed. */
  readonly mailboxes: ReadonlyMap<MailboxId, MailboxChange>
  /** E-mails that began, ended, or changed, if only in one of their memberships; increasing. */
  readonly emails: readonly EmailId[]
  /** Mailboxes created, renamed or destroyed, or with another role or subscription. */
  readonly mailboxList: boolean
  readonly settings: readonly string[]
}

export interface MailboxChange {
  /** UIDs of new memberships, increasing. */
  readonly added: readonly number[]
  /** UIDs of memberships that ended, increasing. */
  readonly removed: readonly number[]
  /** UIDs of memberships whose flags changed, increasing. */
  readonly changed: readonly number[]
}

/** A message to be stored with a commit. `sealed` once it has been given to `commit` belongs to it. */
export interface NewMessage {
  /** From `Account.stage`. */
  readonly staged: StagedMessage
}

/** A message on its way into the log: written in pieces, sealed as it comes. Dispose it if it is not committed. */
export interface StagedMessage extends Disposable {
  /** Throws CommitRefusedError. */
  write(chunk: Uint8Array): Promise<void>
  /** Bytes written so far. */
  readonly sizeBytes: number
}

/** The bytes of a message, verified. They are wiped when it is disposed: copy what must live longer. */
export interface OpenedMessage extends Disposable {
  readonly bytes: Uint8Array
  /** Of the notice that stands for a damaged message: what is known of the damage, in words. */
  readonly damage?: string
}

/** The stored message cannot be read as it was received. Never wrong bytes: this, or the right ones. */
export class DamagedMessageError extends Error {
  override name = 'DamagedMessageError'
  /** Which bytes, and of what kind the damage is, in words without content; null if nothing is known. */
  readonly damage: string | null

  constructor(message: string, damage: string | null = null) {
    super(message)
    this.damage = damage
  }
}

/** The log did not take a commit; nothing of it was applied. */
export class CommitRefusedError extends Error {
  override name = 'CommitRefusedError'
  readonly reason: 'overQuota' | 'noSpace' | 'unavailable' | 'tooLarge' | 'readOnly'

  constructor(reason: CommitRefusedError['reason'], options?: ErrorOptions) {
    super(`the log refused the commit: ${reason}`, options)
    this.reason = reason
  }
}

/**
 * Nobody knows whether the log took a commit. The account is closed; whoever opens it again sees. It must not be told as a refusal, because whoever is
 * refused tries the same again.
 */
export class CommitInDoubtError extends Error {
  override name = 'CommitInDoubtError'

  constructor(options?: ErrorOptions) {
    super('nobody knows whether the log took the commit', options)
  }
}

export interface Account {
  readonly id: AccountId
  /** The login name: the main address. */
  readonly address: string
  readonly modseq: Modseq
  /** Of the latest changes to mailboxes or their counts, to e-mails or their memberships, and to which e-mails threads have. */
  readonly latest: { readonly mailboxes: Modseq; readonly emails: Modseq; readonly threads: Modseq }
  /** All e-mails there ever were have lower ids. */
  readonly nextEmail: EmailId
  /** Whether the log is the one that it was, and proofs about it. */
  readonly integrity: Integrity

  mailboxes(): readonly Mailbox[]
  mailbox(id: MailboxId): Mailbox | null
  /** INBOX in any case; other paths exactly. */
  mailboxByPath(path: string): Mailbox | null
  mailboxByRole(role: MailboxRole): Mailbox | null

  view(mailbox: MailboxId): MailboxView | null
  flagSet(id: number): FlagSet
  /** All keywords in use in the mailbox, or in the account. */
  keywords(mailbox?: MailboxId): readonly string[]

  email(id: EmailId): Email | null
  summary(id: EmailId): Summary | null
  /** One item for many e-mails, in the order given; null where there is no such e-mail. */
  items(item: StoredItem, ids: ArrayLike<number>): (Buffer | null)[]
  /** Where its parts lie in the message, for `openRange`. */
  parts(id: EmailId): Part | null
  /** One of the keys that SORT and THREAD order by, in the order given; null where there is no such e-mail. */
  sortKeys<Name extends SortKeyName>(name: Name, ids: ArrayLike<number>): (SortKeys[Name] | null)[]
  internalDates(ids: ArrayLike<number>): Float64Array
  sizes(ids: ArrayLike<number>): Float64Array
  /** Their threads; 0 where there is no such e-mail. */
  threads(ids: ArrayLike<number>): Uint32Array
  /** E-mails of a thread, oldest first. */
  thread(id: ThreadId): readonly EmailId[]
  uidsOf(email: EmailId): readonly { readonly mailbox: MailboxId; readonly uid: Uid }[]

  /** Throws DamagedMessageError. Of an e-mail that is shown as damaged: the notice, or the message if it is whole again. */
  open(id: EmailId): Promise<OpenedMessage>
  /** Only these bytes (end exclusive); reads and decrypts no more than it must. Throws DamagedMessageError. */
  openRange(id: EmailId, start: number, end: number): Promise<OpenedMessage>

  /** Those of `ids` (in their order) whose text contains the value. */
  searchText(criterion: TextCriterion, ids: ArrayLike<number>): Promise<EmailId[]>
  /** By words, for people, in the order of ids. What was filed a moment ago is found, too. */
  searchWords(query: WordQuery): Promise<EmailId[]>
  /** `after`: of the record with that modseq, e-mails up to this id are known; all of them if it is not given. */
  changesSince(modseq: Modseq, after?: number): ChangesSince
  mailboxChangesSince(modseq: Modseq): MailboxChangesSince
  /** UIDs of the mailbox whose memberships ended after `modseq`. When that is very much: all that were given out and are not there. */
  vanishedSince(mailbox: MailboxId, modseq: Modseq): RangeSet

  setting(key: string): SettingValue

  /** How it was at other times, and making it so again. */
  readonly timeTravel: TimeTravel

  stage(sizeBytes: number | null): StagedMessage
  /**
   * Resolves when all operations are durable and applied, in order, with what each did. Throws CommitRefusedError if
   * the log took nothing, and CommitInDoubtError if it may have taken everything.
   */
  commit(operations: readonly Operation[], messages?: readonly NewMessage[]): Promise<readonly Outcome[]>

  /** Calls back after every applied commit, and after new mail was filed. */
  subscribe(listener: (change: Change) => void): Disposable
}
