// What a list view shows of a message: JMAP's convenience properties (RFC 8621 §4.1.3 and §4.1.4).

import { type Steps, atOnce } from '#base/steps.ts'
import { decodeText } from './body.ts'
import { type BodyParts, bodyParts } from './body-parts.ts'
import type { DateTime } from './date.ts'
import type { FieldValues } from './header.ts'
import { type AddressText, dateForm, messageIdsForm } from './header-forms.ts'
import { htmlToText } from './html-text.ts'
import { MainHeader } from './main-header.ts'
import type { Part } from './part.ts'

/** Message ids by which it is of a thread. */
export interface ThreadIds {
  readonly messageId: readonly string[]
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
}

export interface Summary extends ThreadIds {
  readonly subject: string
  readonly from: readonly AddressText[]
  readonly to: readonly AddressText[]
  readonly cc: readonly AddressText[]
  readonly bcc: readonly AddressText[]
  readonly replyTo: readonly AddressText[]
  readonly sender: readonly AddressText[]
  /** Of the Date field. */
  readonly sentAt: DateTime | null
  readonly hasAttachment: boolean
  /** At most 256 characters of the text. */
  readonly preview: string
}

/** RFC 8621 §4.1.3: of several fields with one name the last counts. */
export function summarize(bytes: Uint8Array, part: Part): Summary {
  return atOnce(summarizeInSteps(bytes, part))
}

/** The same in steps. */
export function* summarizeInSteps(
  bytes: Uint8Array,
  part: Part,
  header: MainHeader = new MainHeader(bytes, part),
): Steps<Summary> {
  const { values } = header
  const parts = bodyParts(part)
  const date = values.get('date')?.at(-1)
  return {
    subject: subjectOf(header),
    from: yield* addresses(header, 'from'),
    to: yield* addresses(header, 'to'),
    cc: yield* addresses(header, 'cc'),
    bcc: yield* addresses(header, 'bcc'),
    replyTo: yield* addresses(header, 'reply-to'),
    sender: yield* addresses(header, 'sender'),
    sentAt: date === undefined ? null : dateForm(date),
    ...threadIdsOf(values),
    hasAttachment: hasAttachment(parts),
    preview: yield* preview(bytes, parts, header.partTexts),
  }
}

const NONE: readonly never[] = []

/** What is longer is a step of its own. */
const LENGTH_PER_STEP = 1 << 14

function* addresses(header: MainHeader, name: string): Steps<readonly AddressText[]> {
  const value = header.values.get(name)?.at(-1)
  if (value === undefined) return NONE
  if (value.length > LENGTH_PER_STEP) yield
  return header.addresses(value)
}

export function subjectOf(header: MainHeader): string {
  return header.text(header.values.get('subject')?.at(-1) ?? '')
}

export function threadIdsOf(values: FieldValues): ThreadIds {
  return {
    messageId: messageIds(values, 'message-id'),
    inReplyTo: messageIds(values, 'in-reply-to'),
    references: messageIds(values, 'references'),
  }
}

function messageIds(values: FieldValues, name: string): readonly string[] {
  const value = values.get(name)?.at(-1)
  return (value === undefined ? null : messageIdsForm(value)) ?? NONE
}

/** Media types that programs read and a person does not save: signatures, and the first part of an encrypted message. */
const PROCESSED = new Set([
  'application/pgp-signature',
  'application/pgp-encrypted',
  'application/pkcs7-signature',
  'application/x-pkcs7-signature',
])

/** RFC 8621 §4.1.4: something to download, not counting what is inline, embedded in the HTML, or read by programs. */
export function hasAttachment({ attachments, embedded }: BodyParts): boolean {
  return attachments.some(
    (part) =>
      part.disposition?.type !== 'inline' && !embedded.has(part) && !PROCESSED.has(`${part.type}/${part.subtype}`),
  )
}

const PREVIEW_LENGTH = 256
/** Text parts that are tried for a preview. */
const PREVIEW_PARTS = 4
/** Bytes of a part that are decoded for its preview at first, and at most: styles or quoted lines may precede its own text. */
const PREVIEW_SOURCES = [1 << 13, 1 << 18]
/** Text that is taken for a preview before white space collapses. */
const PREVIEW_TEXT_LENGTH = 2048

/** White space, and the invisible characters with which senders pad previews. */
const PREVIEW_BLANKS =
  /(?:\s|\u00ad|\u034f|\u061c|[\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\ufeff])+/g

function* preview(bytes: Uint8Array, parts: BodyParts, texts: PartTexts): Steps<string> {
  let text = ''
  let tried = 0
  for (const part of parts.textBody) {
    if (part.type !== 'text' || text.length >= PREVIEW_LENGTH || tried++ >= PREVIEW_PARTS) continue
    if (part.end - part.bodyStart > LENGTH_PER_STEP) yield
    const piece = previewOf(bytes, part, texts)
    if (piece !== '') text += text === '' ? piece : ` ${piece}`
  }
  return truncate(text, PREVIEW_LENGTH)
}

type PartTexts = Map<Part, string>

function previewOf(bytes: Uint8Array, part: Part, texts: PartTexts): string {
  let text = ''
  for (const maxBytes of PREVIEW_SOURCES) {
    const source = decodeText(bytes, part, maxBytes)
    // That is all of it.
    if (part.end - part.bodyStart <= maxBytes) texts.set(part, source)
    const plain = part.subtype === 'html' ? htmlToText(source, PREVIEW_TEXT_LENGTH) : ownWords(source)
    text = collapse(plain)
    if (text.length >= PREVIEW_LENGTH || part.end - part.bodyStart <= maxBytes) break
  }
  return text
}

function collapse(plain: string): string {
  // Of what a person wrote so much is most often enough, and what follows it changes nothing.
  const some = withoutBlanks(plain.slice(0, 2 * PREVIEW_LENGTH))
  return some.length > PREVIEW_LENGTH ? some : withoutBlanks(plain.slice(0, PREVIEW_TEXT_LENGTH))
}

function withoutBlanks(text: string): string {
  return text.replace(PREVIEW_BLANKS, ' ').trim()
}

/** Without quoted lines, unless there are no others. */
function ownWords(text: string): string {
  if (!QUOTED_LINE.test(text)) return text
  const own = text.replace(QUOTED_LINES, '')
  return /\S/.test(own) ? own : text
}

const QUOTED_LINE = /^>/m
const QUOTED_LINES = /^>.*$/gm

/** At most `length` UTF-16 units, and no half of a surrogate pair. */
export function truncate(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length)
}
