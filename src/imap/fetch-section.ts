// Body sections (RFC 9051 §6.4.5.1): `BODY[1.2.HEADER.FIELDS (From)]<0.100>` read from a command, and found in a message.

import { type Part, isMessage, isMultipart } from '#message/part.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { type FieldFilter, parseFieldNames } from './fetch-header-fields.ts'

export interface Section {
  /** Part numbers; empty for the message itself. */
  readonly path: readonly number[]
  readonly what: 'body' | 'header' | 'text' | 'mime'
  /** Only of `header`. */
  readonly filter: FieldFilter | null
  /** As it is written in the response, without brackets. */
  readonly label: string
}

export interface Partial {
  readonly origin: number
  readonly length: number
}

/** A range of bytes, end exclusive. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** No message has parts in parts in parts deeper than this. */
const PATH_LENGTH_MAX = 100

/** `[…]`. Throws SyntaxFailure. */
export function parseSection(cursor: Cursor): Section {
  cursor.expect('[')
  const path = parsePath(cursor)
  let section: Section
  if (cursor.peek() === 0x5d) section = { path, what: 'body', filter: null, label: path.join('.') }
  else section = parseSectionText(cursor, path)
  cursor.expect(']')
  return section
}

/** Part numbers, and the period before what follows them. */
export function parsePath(cursor: Cursor): number[] {
  const path: number[] = []
  while (cursor.peek() >= 0x30 && cursor.peek() <= 0x39) {
    path.push(cursor.nonZeroNumber())
    if (path.length > PATH_LENGTH_MAX) throw new SyntaxFailure('the part number is too long')
    if (!cursor.skip('.')) break
    if (cursor.peek() === 0x5d) cursor.fail('a part number or section')
  }
  return path
}

function parseSectionText(cursor: Cursor, path: readonly number[]): Section {
  const prefix = path.length === 0 ? '' : `${path.join('.')}.`
  const name = cursor.itemName()
  switch (name) {
    case 'HEADER':
      return { path, what: 'header', filter: null, label: `${prefix}HEADER` }
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT': {
      cursor.space()
      const { filter, label } = parseFieldNames(cursor, name === 'HEADER.FIELDS.NOT')
      return { path, what: 'header', filter, label: `${prefix}${name} ${label}` }
    }
    case 'TEXT':
      return { path, what: 'text', filter: null, label: `${prefix}TEXT` }
    case 'MIME':
      if (path.length > 0) return { path, what: 'mime', filter: null, label: `${prefix}MIME` }
      throw new SyntaxFailure('MIME needs a part number')
    default:
      throw new SyntaxFailure(`there is no section ${name}`)
  }
}

/** `<origin.length>`, if it is there. */
export function parsePartial(cursor: Cursor): Partial | null {
  if (!cursor.skip('<')) return null
  const origin = cursor.number64()
  cursor.expect('.')
  const length = cursor.number64()
  if (length === 0) throw new SyntaxFailure('a part of no bytes was asked for')
  cursor.expect('>')
  return { origin, length }
}

/** The bytes of the range that the partial asks for. */
export function applyPartial({ start, end }: ByteRange, partial: Partial | null): ByteRange {
  if (partial === null) return { start, end }
  const from = Math.min(start + partial.origin, end)
  return { start: from, end: Math.min(from + partial.length, end) }
}

/** The part with these numbers, or null. */
export function findPart(root: Part, path: readonly number[]): Part | null {
  let part = root
  let isWholeMessage = true
  for (const number of path) {
    // Numbers go into the message that a message/rfc822 part holds (RFC 9051 §6.4.5.1).
    const entity = !isWholeMessage && isMessage(part) ? (part.children[0] as Part) : part
    const isMessageLevel = isWholeMessage || entity !== part
    if (isMultipart(entity) && entity.children.length > 0) {
      const child = entity.children[number - 1]
      if (child === undefined) return null
      part = child
    } else if (isMessageLevel && number === 1) {
      // A message that is not multipart has one part: its body.
      part = entity
    } else {
      return null
    }
    isWholeMessage = false
  }
  return part
}

/** Where the section's bytes are (before a filter), or null if the message has no such section. */
export function findSection(root: Part, section: Section): ByteRange | null {
  const part = findPart(root, section.path)
  if (part === null) return null
  const isTop = section.path.length === 0
  switch (section.what) {
    case 'body':
      return isTop ? { start: part.start, end: part.end } : { start: part.bodyStart, end: part.end }
    case 'mime':
      return { start: part.start, end: part.bodyStart }
    case 'header':
    case 'text': {
      const message = isTop ? part : isMessage(part) ? (part.children[0] as Part) : null
      if (message === null) return null
      return section.what === 'header'
        ? { start: message.start, end: message.bodyStart }
        : { start: message.bodyStart, end: message.end }
    }
  }
}
