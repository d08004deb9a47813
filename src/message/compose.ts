// Composes messages: JMAP's Email/set, replies, bounces, the welcome message (RFC 5322, RFC 2045 to 2049, RFC 2183, RFC 2387).
//
// The result has CRLF line breaks of at most 998 bytes and is ASCII throughout, so that any relay carries it unchanged, unless the draft
// asks for UTF-8 headers (RFC 6532) or holds a message with eight-bit content and allows that. There is no clock and no randomness here:
// Date, Message-ID and the seed of boundaries are the caller's. Composing the same draft twice gives the same bytes.

import { assert } from '#base/assert.ts'
import { writeField } from './compose-field.ts'
import { type PartContext, writePart } from './compose-part.ts'
import type { Draft, DraftField, DraftPart } from './draft.ts'
import type { AddressText } from './header-forms.ts'
import { cleanText } from './header-writer.ts'

export { type Draft, type DraftField, type DraftPart, DraftError } from './draft.ts'

const LF = 0x0a

/** Throws DraftError. */
export function composeMessage(draft: Draft): Buffer {
  assert(/^[A-Za-z0-9]{8,40}$/.test(draft.boundarySeed), 'a boundary seed is 8 to 40 letters and digits')
  const context: PartContext = {
    seed: draft.boundarySeed,
    utf8: draft.utf8 ?? false,
    eightBit: draft.eightBit ?? false,
    boundaries: 0,
    eightBitWritten: false,
  }
  const header = draft.fields.map((field) => writeField(field, context.utf8)).join('')
  const body = writePart(draft.body, context, 0)
  // RFC 5321 §4.1.1.4: a message ends with a line break.
  const end = body.at(-1) === LF ? '' : '\r\n'
  return Buffer.concat([Buffer.from(`${header}MIME-Version: 1.0\r\n`, 'utf8'), body, Buffer.from(end, 'latin1')])
}

/** Whether the fields' addresses need SMTPUTF8: a local part that is not ASCII has no other form. */
export function needsUtf8(fields: readonly DraftField[]): boolean {
  return fields.some((field) => {
    if ('addresses' in field) return field.addresses.some(hasUtf8LocalPart)
    return 'groups' in field && field.groups.some((group) => group.addresses.some(hasUtf8LocalPart))
  })
}

function hasUtf8LocalPart({ email }: AddressText): boolean {
  return /[^\x20-\x7e]/.test(email.slice(0, email.lastIndexOf('@')))
}

/** The usual arrangement of a message's parts. At least one of `text` and `html` is given. */
export function arrangeBody(content: {
  readonly text: string | null
  readonly html: string | null
  /** Shown by the HTML, by their Content-ID. */
  readonly embedded: readonly DraftPart[]
  readonly attachments: readonly DraftPart[]
}): DraftPart {
  const { text, html, embedded, attachments } = content
  const bodies: DraftPart[] = []
  if (text !== null || html === null) bodies.push({ kind: 'text', subtype: 'plain', text: text ?? '' })
  if (html !== null) {
    const page: DraftPart = { kind: 'text', subtype: 'html', text: html }
    bodies.push(
      embedded.length === 0
        ? page
        : // RFC 2387 §3.1: the type of the root is named.
          { kind: 'multipart', subtype: 'related', parameters: { type: 'text/html' }, parts: [page, ...embedded] },
    )
  }
  const shown: DraftPart =
    bodies.length === 1 ? (bodies[0] as DraftPart) : { kind: 'multipart', subtype: 'alternative', parts: bodies }
  const files = html === null ? [...embedded, ...attachments] : attachments
  return files.length === 0 ? shown : { kind: 'multipart', subtype: 'mixed', parts: [shown, ...files] }
}

/** A reply's subject: `Re: ` once. */
export function replySubject(subject: string): string {
  return /^re:/i.test(subject.trim()) ? cleanText(subject) : cleanText(`Re: ${subject}`)
}
