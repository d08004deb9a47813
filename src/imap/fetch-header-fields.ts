// HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 9051 §6.4.5.1): the fields of a header with, or without, certain names, as they were
// written, and the empty line.

import { asciiText } from '#base/bytes.ts'
import { fields } from '#message/header.ts'
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

const EMPTY_LINE = Buffer.from('\r\n')

/** `header` ends with its empty line, if there is one. The result always does (RFC 3501 §6.4.5). */
export function filterHeader(header: Uint8Array, filter: FieldFilter): Buffer {
  const pieces: Uint8Array[] = []
  for (const field of fields(header, 0, header.length)) {
    if (filter.names.has(field.name.toLowerCase()) !== filter.isExclusion) {
      pieces.push(header.subarray(field.start, field.end))
    }
  }
  pieces.push(EMPTY_LINE)
  return Buffer.concat(pieces)
}
