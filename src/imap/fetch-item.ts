// What FETCH can ask of a message, as the run of it sees it: items that are written from columns gathered for many messages at
// once, and items that need the content of one.

import type { MailboxView, StoredItem } from '#account/account.ts'
import type { MessageContent, Slice } from './fetch-content.ts'
import type { ResponseWriter } from '#base/response-writer.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import type { Session } from './session.ts'

/** What must be gathered before rows are written. */
export type Column = StoredItem | 'dates' | 'saved' | 'sizes' | 'threads' | 'previews'

/** Messages that are fetched together. */
export interface Batch {
  readonly session: Session
  readonly selected: SelectedMailbox
  live: MailboxView
  count: number
  /** Of each row: its position in the client's list, and in the live view (-1: gone). */
  readonly positions: Int32Array
  readonly livePositions: Int32Array
  readonly emails: Uint32Array
  readonly stored: Map<StoredItem, readonly (Buffer | null)[]>
  dates: Float64Array
  saved: Float64Array
  sizes: Float64Array
  threads: Uint32Array
  /** Null where there is no such e-mail. Empty if nobody asked for them. */
  previews: (string | null)[]
}

export interface RowItem {
  readonly kind: 'row'
  readonly needs: Column | null
  /** Fetching it sets \Seen (RFC 9051 §6.4.5). */
  readonly marksSeen: boolean
  /** Writes name and value. */
  write(out: ResponseWriter, batch: Batch, row: number): void
}

/** What a content item came to: bytes to send, a number, or nothing there. */
export type ContentValue =
  | { readonly kind: 'literal'; readonly slice: Slice }
  | { readonly kind: 'literal8'; readonly slice: Slice }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'nil' }

export interface ContentItem {
  readonly kind: 'content'
  readonly marksSeen: boolean
  /** Name and, if there is one, section and origin: `BODY[1]<0>`. */
  readonly label: Buffer
  /** Throws DamagedMessageError; returns null for an encoding that cannot be decoded. */
  read(content: MessageContent): Promise<ContentValue | null>
}

export type FetchItem = RowItem | ContentItem
