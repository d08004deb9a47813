// What is searched in a message: its addresses and subject, the text of all its text parts, the names of its files.

import { decodeText } from './body.ts'
import { fileName } from './body-parts.ts'
import { type FieldValues, readFields } from './header.ts'
import { addressesAsText, addressesForm, textForm } from './header-forms.ts'
import { htmlToText } from './html-text.ts'
import { type Part, isMessage } from './part.ts'

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

export const DEFAULT_SEARCH_LIMITS: SearchLimits = { bodyLength: 1 << 20, sourceBytes: 1 << 22 }

/** Names that are kept of one message's files. */
const NAMES_MAX = 1000

const HEADER_NAMES = new Set(['subject', 'from', 'to', 'cc', 'bcc'])
const SUBJECT_ONLY = new Set(['subject'])

interface Collected {
  readonly pieces: string[]
  readonly names: string[]
  lengthLeft: number
  bytesLeft: number
}

export function searchableText(
  bytes: Uint8Array,
  part: Part,
  limits: SearchLimits = DEFAULT_SEARCH_LIMITS,
): SearchableText {
  const values = readFields(bytes, part.start, part.bodyStart, HEADER_NAMES)
  const collected: Collected = { pieces: [], names: [], lengthLeft: limits.bodyLength, bytesLeft: limits.sourceBytes }
  collect(bytes, part, collected)
  return {
    subject: subjectOf(values),
    from: addressText(values, 'from'),
    to: addressText(values, 'to'),
    cc: addressText(values, 'cc'),
    bcc: addressText(values, 'bcc'),
    body: collected.pieces.join('\n'),
    attachmentNames: collected.names.join('\n'),
  }
}

function subjectOf(values: FieldValues): string {
  return textForm((values.get('subject') ?? []).join(' '))
}

function addressText(values: FieldValues, name: string): string {
  const instances = values.get(name)
  return instances === undefined ? '' : addressesAsText(addressesForm(instances.join(',')))
}

function collect(bytes: Uint8Array, part: Part, to: Collected): void {
  if (to.names.length < NAMES_MAX) {
    const name = fileName(part)
    if (name !== null) to.names.push(name)
  }
  for (const child of part.children) {
    if (isMessage(part)) add(to, subjectOf(readFields(bytes, child.start, child.bodyStart, SUBJECT_ONLY)))
    collect(bytes, child, to)
  }
  if (part.children.length > 0 || !isText(part) || to.lengthLeft <= 0 || to.bytesLeft <= 0) return
  const source = decodeText(bytes, part, to.bytesLeft)
  to.bytesLeft -= source.length
  add(to, part.subtype === 'html' ? htmlToText(source, to.lengthLeft) : source)
}

function isText(part: Part): boolean {
  return part.type === 'text' || (part.type === 'message' && part.subtype === 'delivery-status')
}

function add(to: Collected, text: string): void {
  const piece = text.length > to.lengthLeft ? text.slice(0, to.lengthLeft) : text
  if (piece === '') return
  to.pieces.push(piece)
  to.lengthLeft -= piece.length + 1
}
