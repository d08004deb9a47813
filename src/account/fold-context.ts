// What an operation is applied to.

import type { EmailId, Modseq } from '#base/ids.ts'
import type { ChangeBuilder } from './change-builder.ts'
import type { AccountState } from './state.ts'

/** The account's `mail` records, as far as the fold needs to know them. */
export interface MailRecords {
  /** True for a `mail` record of this account. */
  isMail(record: number): boolean
  /** Bytes of the message, or 0 as long as nobody has opened it. */
  sizeOf(record: number): number
  /** A `file` operation named it: it is not new any more. */
  named(record: number): void
  /** An e-mail was made from it. */
  began(record: number, email: EmailId): void
  /** That e-mail has gone. */
  ended(record: number, email: EmailId): void
}

/** One journal record being applied. */
export interface FoldContext {
  readonly state: AccountState
  readonly records: MailRecords
  readonly changes: ChangeBuilder
  /** Of the journal record. */
  readonly seq: number
  readonly modseq: Modseq
  /** The e-mail that each operation of this record so far has filed, or null. */
  readonly filed: (EmailId | null)[]
}
