// Header fields (RFC 5322 §2.2): where each lies, and its value unfolded.
//
// A line ends in LF or CRLF; a CR elsewhere is an ordinary byte. A line that begins with white space continues the field
// before it. A line that is neither a field nor a continuation is given with an empty name, so that no byte is lost. The name
// is what precedes the colon without white space at its end (RFC 5322 §4.5 allows that).

import { asBuffer } from '#base/bytes.ts'
import { trimBlank } from './lexer.ts'
import { HEADER_BYTES_MAX } from './limits.ts'
import type { Octets } from './part.ts'

/** Offsets are bytes of the whole message. */
export interface Field {
  /** As written; compare it in lower case. Empty for a line that is not a field. */
  readonly name: string
  readonly start: number
  /** After the colon. */
  readonly valueStart: number
  /** Before the line break that ends the field. */
  readonly valueEnd: number
  /** After that line break. */
  readonly end: number
}

/** A header's bytes and the cursor over its fields; positions are within `text`. */
interface FieldCursor {
  nameStart: number
  nameEnd: number
  valueStart: number
  valueEnd: number
  end: number
}

const LF = 0x0a
const CR = 0x0d
const TAB = 0x09
const SPACE = 0x20
const COLON = 0x3a

/** Moves to the field at `at`. False at the end of the header. */
function readField(text: Octets, at: number, cursor: FieldCursor): boolean {
  if (at >= text.length) return false
  const firstByte = text.charCodeAt(at)
  if (firstByte === LF || (firstByte === CR && text.charCodeAt(at + 1) === LF)) return false
  let end = at
  let valueEnd = at
  for (;;) {
    const feed = text.indexOf('\n', end)
    if (feed < 0) {
      end = valueEnd = text.length
      break
    }
    end = feed + 1
    valueEnd = feed > at && text.charCodeAt(feed - 1) === CR ? feed - 1 : feed
    const next = text.charCodeAt(end)
    if (next !== SPACE && next !== TAB) break
  }
  let colon = at
  let code = firstByte
  while (colon < valueEnd && code !== COLON && code !== LF) code = text.charCodeAt(++colon)
  cursor.nameStart = at
  cursor.end = end
  cursor.valueEnd = valueEnd
  if (colon >= valueEnd || code !== COLON) {
    cursor.nameEnd = cursor.valueStart = at
    return true
  }
  let nameEnd = colon
  while (nameEnd > at && isWhiteSpace(text.charCodeAt(nameEnd - 1))) nameEnd--
  cursor.nameEnd = nameEnd
  cursor.valueStart = colon + 1
  return true
}

function isWhiteSpace(code: number): boolean {
  return code === SPACE || code === TAB
}

function newCursor(): FieldCursor {
  return { nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0, end: 0 }
}

/** The fields of the header in `bytes` from `start`, until an empty line or `end`. */
export function* fields(bytes: Uint8Array, start: number, end: number): Generator<Field> {
  const text = asBuffer(bytes).toString('latin1', start, end)
  const cursor = newCursor()
  while (readField(text, cursor.end, cursor)) {
    yield {
      name: text.slice(cursor.nameStart, cursor.nameEnd),
      start: start + cursor.nameStart,
      valueStart: start + cursor.valueStart,
      valueEnd: start + cursor.valueEnd,
      end: start + cursor.end,
    }
  }
}

/** Names, as written, and values of all fields of the header from `start` to `end`; all that is no field has an empty name. */
export function* fieldValues(
  bytes: Uint8Array,
  start: number,
  end: number,
): Generator<{ readonly name: string; readonly value: Octets }> {
  const text = asBuffer(bytes).toString('latin1', start, end)
  const cursor = newCursor()
  while (readField(text, cursor.end, cursor)) {
    const name = text.slice(cursor.nameStart, cursor.nameEnd)
    yield { name, value: unfold(text.slice(cursor.valueStart, cursor.valueEnd)) }
  }
}

/** The last field of that name, which is the one that JMAP shows (RFC 8621 §4.1.3). `name` in lower case. */
export function lastField(bytes: Uint8Array, start: number, end: number, name: string): Field | null {
  let found: Field | null = null
  for (const field of fields(bytes, start, end)) {
    if (field.name.length === name.length && field.name.toLowerCase() === name) found = field
  }
  return found
}

/** The first field of that name. `name` in lower case. */
export function firstField(bytes: Uint8Array, start: number, end: number, name: string): Field | null {
  for (const field of fields(bytes, start, end)) {
    if (field.name.length === name.length && field.name.toLowerCase() === name) return field
  }
  return null
}

/** A field's value: unfolded, without white space around it. */
export function fieldValue(bytes: Uint8Array, field: Field): Octets {
  return unfold(asBuffer(bytes).toString('latin1', field.valueStart, field.valueEnd))
}

const LINE_BREAK = /\r?\n/g

/**
 * RFC 5322 §2.2.3: line breaks go, the white space after them stays; that around the value goes. A CR on its own becomes a space, lest
 * something later takes it for a line break.
 */
export function unfold(value: Octets): Octets {
  const line = value.includes('\n') ? value.replace(LINE_BREAK, '') : value
  return trimBlank(line.includes('\r') ? line.replaceAll('\r', ' ') : line)
}

/** Values, in order, of the fields whose names (in lower case) are asked for. */
export type FieldValues = ReadonlyMap<string, readonly Octets[]>

/** Instances kept of one name: more say nothing that one does not. */
const INSTANCES_MAX = 100

/** Reads the header from `start` to `end` once; of an over-long one its first `HEADER_BYTES_MAX` bytes. */
export function readFields(bytes: Uint8Array, start: number, end: number, names: ReadonlySet<string>): FieldValues {
  const text = asBuffer(bytes).toString('latin1', start, Math.min(end, start + HEADER_BYTES_MAX))
  const values = new Map<string, Octets[]>()
  const cursor = newCursor()
  while (readField(text, cursor.end, cursor)) {
    if (cursor.nameEnd - cursor.nameStart > NAME_LENGTH_MAX) continue
    const name = text.slice(cursor.nameStart, cursor.nameEnd).toLowerCase()
    if (!names.has(name)) continue
    const value = unfold(text.slice(cursor.valueStart, cursor.valueEnd))
    const known = values.get(name)
    if (known === undefined) values.set(name, [value])
    else if (known.length < INSTANCES_MAX) known.push(value)
  }
  return values
}

/** No name that is asked for is longer. */
const NAME_LENGTH_MAX = 40
