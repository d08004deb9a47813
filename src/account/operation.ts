// The operations of an account's journal, as docs/formats/journal.md §3 numbers them. Plain data: planning one does not
// check it against the account; the fold decides, when it is durable, whether it applies.

import type { EmailId, MailboxId, Modseq, Seq, ThreadId } from '#base/ids.ts'

/** Inclusive ranges, increasing, not touching: of UIDs or of e-mail ids. */
export type RangeSet = readonly (readonly [first: number, last: number])[]

export type MailboxRole = 'inbox' | 'archive' | 'drafts' | 'flagged' | 'important' | 'junk' | 'sent' | 'trash' | 'all'

export interface MailboxPatch {
  readonly parent?: MailboxId | null
  readonly name?: string
  readonly role?: MailboxRole | null
  readonly subscribed?: boolean
  readonly sortOrder?: number
}

/** Where a filed message came from. */
export type Source = 'delivered' | 'appended' | 'submitted' | 'imported' | 'restored'

/** The operations but `file`, whose references are written in another way in the journal than they are planned. */
type OtherOperation =
  | {
      readonly kind: 'createMailbox'
      readonly parent: MailboxId | null
      readonly name: string
      readonly role: MailboxRole | null
      readonly uidValidity: number
      readonly subscribed: boolean
    }
  | { readonly kind: 'updateMailbox'; readonly mailbox: MailboxId; readonly patch: MailboxPatch }
  | { readonly kind: 'destroyMailbox'; readonly mailbox: MailboxId; readonly destroyEmails: boolean }
  | {
      readonly kind: 'changeKeywords'
      /** Null: `set` holds e-mail ids; otherwise UIDs of this mailbox. */
      readonly mailbox: MailboxId | null
      readonly set: RangeSet
      readonly mode: 'add' | 'remove' | 'replace'
      readonly keywords: readonly string[]
      readonly unchangedSince: Modseq | null
    }
  | {
      readonly kind: 'markDeleted'
      readonly mailbox: MailboxId
      readonly set: RangeSet
      readonly deleted: boolean
      readonly unchangedSince: Modseq | null
    }
  | { readonly kind: 'remove'; readonly mailbox: MailboxId; readonly set: RangeSet }
  | { readonly kind: 'addToMailbox'; readonly from: MailboxId | null; readonly set: RangeSet; readonly to: MailboxId }
  | { readonly kind: 'move'; readonly from: MailboxId; readonly set: RangeSet; readonly to: MailboxId }
  | { readonly kind: 'set'; readonly key: string; readonly value: SettingValue }
  | { readonly kind: 'setMailboxes'; readonly emails: RangeSet; readonly mailboxes: readonly MailboxId[] }

interface FileFields {
  readonly mailboxes: readonly MailboxId[]
  readonly keywords: readonly string[]
  /** Milliseconds since the Unix epoch: IMAP's INTERNALDATE, JMAP's receivedAt. */
  readonly internalDate: number
  readonly source: Source
}

export type Operation =
  | OtherOperation
  | (FileFields & {
      readonly kind: 'file'
      /** A record's number, or the position of a message in the same commit's `messages`. */
      readonly record: { readonly seq: Seq } | { readonly message: number }
      /** Null: the account chooses by the message's references, when it writes the operation. */
      readonly thread: ThreadId | null
    })

/** An operation as a journal record holds it. `back` counts records, or operations, back from this one. */
export type JournalOperation =
  | OtherOperation
  | (FileFields & {
      readonly kind: 'file'
      readonly record: { readonly seq: Seq } | { readonly back: number }
      /** Null: the e-mail begins its own. */
      readonly thread: ThreadId | { readonly back: number } | null
    })

/** What a setting may hold: CBOR's data model without tags. Null removes the setting. */
export type SettingValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly SettingValue[]
  | { readonly [key: string]: SettingValue }

/** What an operation did when it was applied. `modseq` is the one that its changes carry. */
export type Outcome =
  | {
      readonly applied: false
      readonly reason:
        | 'noSuchMailbox'
        | 'nameTaken'
        | 'cycle'
        | 'notEmpty'
        | 'hasChildren'
        | 'isInbox'
        | 'noSuchRecord'
        /** Too many mailboxes, or nested too deep. */
        | 'limit'
    }
  | {
      readonly applied: true
      readonly modseq: Modseq
      /** createMailbox: the new mailbox. */
      readonly mailbox?: MailboxId
      /** file: the new e-mail. */
      readonly email?: EmailId
      /** file, addToMailbox, move, setMailboxes: new memberships, in the order they were made. */
      readonly added?: readonly {
        readonly email: EmailId
        readonly mailbox: MailboxId
        readonly uid: number
        readonly fromUid: number | null
      }[]
      /** changeKeywords and markDeleted: UIDs (or e-mail ids) refused because they changed since. */
      readonly refused?: readonly number[]
    }
