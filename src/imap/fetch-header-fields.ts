// HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 9051 §6.4.5.1): the fields of a header with, or without, certain names, as they were
// written, and the empty line.

import { asciiText } from '#base/bytes.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'

export interface FieldFilter {
  /** In lower case. */
  readonly names: ReadonlySet<string>
  readonly isExclusion: boolean
}

/** `(From To)`, and how the response repeats it. */
export function parseFieldNames(cursor: Cursor, isExclusion: boolean): { filter: FieldFilter; label: string } {
  const names = cursor.list(() => {
    const name = asciiText(cursor.astring())
    // RFC 5322 §3.6.8 ftext: anything else could break the response.
    if (!/^[!-9;-~]+$/.test(name)) throw new SyntaxFailure('a header field has no such name')
    return name
  })
  const label = names.map((name) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`))
  return {
    filter: { names: new Set(names.map((name) => name.toLowerCase())), isExclusion },
    label: `(${label.join(' ')})`,
  }
}

const COLON = 0x3a

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function endsName(code: number): boolean {
  return code === COLON || isBlank(code)
}

const EMPTY_LINE = Buffer.from('\r\n')

/** `header` ends with its empty line, if there is one. The result always does (RFC 3501 §6.4.5). */
export function filterHeader(header: Uint8Array, filter: FieldFilter): Buffer {
  const text = asciiText(header)
  const pieces: Uint8Array[] = []
  const lengthMax = [...filter.names].reduce((max, { length }) => Math.max(max, length), 0)
  // Neighbouring fields are one piece.
  let pieceStart = -1
  let at = 0
  while (at < text.length && text[at] !== '\n' && !text.startsWith('\r\n', at)) {
    const end = fieldEnd(text, at)
    const isWanted = filter.names.has(fieldName(text, at, end, lengthMax)) !== filter.isExclusion
    if (isWanted && pieceStart < 0) pieceStart = at
    if (!isWanted && pieceStart >= 0) {
      pieces.push(header.subarray(pieceStart, at))
      pieceStart = -1
    }
    at = end
  }
  if (pieceStart >= 0) pieces.push(header.subarray(pieceStart, at))
  pieces.push(EMPTY_LINE)
  return Buffer.concat(pieces)
}

/** Behind the line break that ends the field at `start` with its continuation lines. */
function fieldEnd(text: string, start: number): number {
  let end = start
  do {
    const feed = text.indexOf('\n', end)
    if (feed < 0) return text.length
    end = feed + 1
  } while (isBlank(text.charCodeAt(end)))
  return end
}

/** In lower case; empty for a line that is not a field, and for a name that is longer. Looks at no more of the field than its name. */
function fieldName(text: string, start: number, end: number, lengthMax: number): string {
  const limit = Math.min(end, start + lengthMax + 1)
  let nameEnd = start
  while (nameEnd < limit && !endsName(text.charCodeAt(nameEnd))) nameEnd++
  let colon = nameEnd
  while (colon < end && isBlank(text.charCodeAt(colon))) colon++
  return colon < end && text.charCodeAt(colon) === COLON ? text.slice(start, nameEnd).toLowerCase() : ''
}
