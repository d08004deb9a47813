// What a message is composed from.

import type { AddressGroup, AddressText } from './header-forms.ts'

/** A header field, in one of JMAP's forms (RFC 8621 §4.1.2). A field whose value is empty is left out. */
export type DraftField = { readonly name: string } & (
  | { readonly text: string }
  | { readonly addresses: readonly AddressText[] }
  | { readonly groups: readonly AddressGroup[] }
  | { readonly messageIds: readonly string[] }
  | { readonly date: { readonly ms: number; readonly zoneMinutes: number } }
  | { readonly urls: readonly string[] }
  | { readonly raw: string }
)

interface PartFields {
  /** The file's name. */
  readonly name?: string | null
  readonly disposition?: string | null
  /** Content-ID, without angle brackets. */
  readonly id?: string | null
  readonly description?: string | null
  readonly language?: readonly string[] | null
  readonly location?: string | null
  /** Others. */
  readonly fields?: readonly DraftField[]
}

export type DraftPart = PartFields &
  (
    | {
        readonly kind: 'text'
        readonly subtype: string
        readonly text: string
        /** text/plain: long lines are flowed (RFC 3676), which is the default. */
        readonly flowed?: boolean
      }
    /** Written in base64, or as `message` if it is a message/rfc822. */
    | {
        readonly kind: 'bytes'
        readonly type: string
        readonly subtype: string
        /** Of text. */
        readonly charset?: string | null
        readonly bytes: Uint8Array
      }
    /** A message/rfc822, or what must be sent as it is: message/delivery-status. Its line breaks become CRLF. */
    | { readonly kind: 'message'; readonly subtype: 'rfc822' | 'delivery-status'; readonly bytes: Uint8Array }
    | {
        readonly kind: 'multipart'
        readonly subtype: string
        readonly parameters?: Readonly<Record<string, string>>
        readonly parts: readonly DraftPart[]
      }
  )

export interface Draft {
  readonly fields: readonly DraftField[]
  readonly body: DraftPart
  /** 8 to 40 letters and digits that nobody can predict: boundaries are made from it. */
  readonly boundarySeed: string
  /** UTF-8 in header fields and addresses; the message then needs SMTPUTF8. */
  readonly utf8?: boolean
  /** A message within that has eight-bit content is sent as it is; the message then needs 8BITMIME. */
  readonly eightBit?: boolean
}

/** A draft that no message can be made of. Says what is wrong, and nothing of what the draft holds. */
export class DraftError extends Error {
  override name = 'DraftError'
  readonly reason: 'address' | 'fieldName' | 'mediaType' | 'disposition' | 'structure'

  constructor(reason: DraftError['reason']) {
    super(`the draft cannot be written: ${reason}`)
    this.reason = reason
  }
}
