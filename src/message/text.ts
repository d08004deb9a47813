// What is searched in a message: its addresses and subject, the text of all its text parts, the names of its files.

import { type Steps, atOnce } from '#base/steps.ts'
import { readTextInSteps } from './body.ts'
import { fileName } from './body-parts.ts'
import { type FieldValues, readFields } from './header.ts'
import { addressesAsText, textForm } from './header-forms.ts'
import { htmlToTextInSteps } from './html-text.ts'
import { MainHeader } from './main-header.ts'
import { type Octets, type Part, isMessage } from './part.ts'

export { htmlToText } from './html-text.ts'

export interface SearchableText {
  readonly subject: string
  readonly from: string
  readonly to: string
  readonly cc: string
  readonly bcc: string
  /** Text of all text parts, those of messages within (with their subjects) too. */
  readonly body: string
  readonly attachmentNames: string
}

export interface SearchLimits {
  /** Characters of `body`. */
  readonly bodyLength: number
  /** Decoded bytes, of all parts together, that `body` is made from. */
  readonly sourceBytes: number
}

const DEFAULT_SEARCH_LIMITS: SearchLimits = { bodyLength: 1 << 20, sourceBytes: 1 << 22 }

/** Names that are kept of one message's files. */
const NAMES_MAX = 1000

/** What is longer is a step of its own. */
const LENGTH_PER_STEP = 1 << 14
const PARTS_PER_STEP = 256

const SUBJECT_ONLY = new Set(['subject'])

interface Collected {
  readonly pieces: string[]
  readonly names: string[]
  parts: number
  lengthLeft: number
  bytesLeft: number
}

export function searchableText(bytes: Uint8Array, part: Part, limits?: SearchLimits): SearchableText {
  return atOnce(searchableTextInSteps(bytes, part, limits))
}

/** The same in steps. */
export function* searchableTextInSteps(
  bytes: Uint8Array,
  part: Part,
  limits: SearchLimits = DEFAULT_SEARCH_LIMITS,
  header: MainHeader = new MainHeader(bytes, part),
): Steps<SearchableText> {
  const collected: Collected = {
    pieces: [],
    names: [],
    parts: 0,
    lengthLeft: limits.bodyLength,
    bytesLeft: limits.sourceBytes,
  }
  yield* collect(bytes, part, collected, header.partTexts)
  return {
    subject: header.text(subjectOf(header.values)),
    from: yield* addressText(header, 'from'),
    to: yield* addressText(header, 'to'),
    cc: yield* addressText(header, 'cc'),
    bcc: yield* addressText(header, 'bcc'),
    body: collected.pieces.join('\n'),
    attachmentNames: collected.names.join('\n'),
  }
}

function subjectOf(values: FieldValues): Octets {
  return (values.get('subject') ?? []).join(' ')
}

function* addressText(header: MainHeader, name: string): Steps<string> {
  const list = header.values.get(name)?.join(',')
  if (list === undefined) return ''
  if (list.length > LENGTH_PER_STEP) yield
  return addressesAsText(header.addresses(list))
}

function* collect(bytes: Uint8Array, part: Part, to: Collected, known: ReadonlyMap<Part, string>): Steps<void> {
  if (++to.parts % PARTS_PER_STEP === 0) yield
  if (to.names.length < NAMES_MAX) {
    const name = fileName(part)
    if (name !== null) to.names.push(name)
  }
  for (const child of part.children) {
    if (isMessage(part)) add(to, textForm(subjectOf(readFields(bytes, child.start, child.bodyStart, SUBJECT_ONLY))))
    yield* collect(bytes, child, to, known)
  }
  if (part.children.length > 0 || !isText(part) || to.lengthLeft <= 0 || to.bytesLeft <= 0) return
  if (part.end - part.bodyStart > LENGTH_PER_STEP) yield
  const whole = part.end - part.bodyStart <= to.bytesLeft ? known.get(part) : undefined
  const source = whole ?? (yield* readTextInSteps(bytes, part, to.bytesLeft)).text
  to.bytesLeft -= source.length
  if (source.length > LENGTH_PER_STEP) yield
  add(to, part.subtype === 'html' ? yield* htmlToTextInSteps(source, to.lengthLeft) : source)
}

function isText(part: Part): boolean {
  return part.type === 'text' || (part.type === 'message' && part.subtype === 'delivery-status')
}

function add(to: Collected, text: string): void {
  if (to.lengthLeft <= 0 || text === '') return
  const piece = text.length > to.lengthLeft ? text.slice(0, to.lengthLeft) : text
  to.pieces.push(piece)
  to.lengthLeft -= piece.length + 1
}
