// The MIME fields of one entity's header (RFC 2045 §3), found without looking at the others: one pass over its lines.

import { type Delimiter, type OpenBoundaries, matchDelimiter, nextLine } from './boundary.ts'
import { unfold } from './header.ts'
import { trimBlank } from './lexer.ts'
import type { Octets } from './part.ts'

/** Fields as unfolded values; of two with one name the first. */
export interface MimeHeader {
  /** After the empty line, or where the header ends without one. */
  bodyStart: number
  /** It ran into a delimiter, which has been filled in. */
  cut: boolean
  type: Octets | null
  encoding: Octets | null
  disposition: Octets | null
  id: Octets | null
  description: Octets | null
  md5: Octets | null
  language: Octets | null
  location: Octets | null
}

const LF = 0x0a
const CR = 0x0d
const TAB = 0x09
const SPACE = 0x20
const DASH = 0x2d
const LOWER_C = 0x63

/** The header that begins at `start`. `lookUntil`: fields after it are not looked at. */
export function readMimeHeader(
  bytes: Buffer,
  start: number,
  lookUntil: number,
  boundaries: OpenBoundaries,
  delimiter: Delimiter,
): MimeHeader {
  const header: MimeHeader = {
    bodyStart: bytes.length,
    cut: false,
    type: null,
    encoding: null,
    disposition: null,
    id: null,
    description: null,
    md5: null,
    language: null,
    location: null,
  }
  const nested = boundaries.open.length > 0
  // Where the MIME field whose lines are being read began, or -1.
  let field = -1
  let line = start
  while (line < bytes.length) {
    const byte = bytes[line] as number
    if (byte !== SPACE && byte !== TAB) {
      if (field >= 0) {
        readField(bytes, field, line, header)
        field = -1
      }
      if (byte === LF || (byte === CR && bytes[line + 1] === LF)) {
        header.bodyStart = byte === LF ? line + 1 : line + 2
        return header
      }
      if (byte === DASH && nested && bytes[line + 1] === DASH && matchDelimiter(bytes, boundaries, line, delimiter)) {
        header.bodyStart = Math.max(start, delimiter.contentEnd)
        header.cut = true
        return header
      }
      if ((byte | 0x20) === LOWER_C && line < lookUntil && bytes[line + 7] === DASH) field = line
    }
    line = nextLine(bytes, line)
  }
  if (field >= 0) readField(bytes, field, bytes.length, header)
  return header
}

/** A value longer than this is cut: nothing that a MIME field can say needs it. */
const FIELD_BYTES_READ = 1 << 18

function readField(bytes: Buffer, start: number, end: number, header: MimeHeader): void {
  const text = bytes.toString('latin1', start, Math.min(end, start + FIELD_BYTES_READ))
  const colon = text.indexOf(':')
  if (colon < 0) return
  const value = (): Octets => unfold(text.slice(colon + 1).replace(/\r?\n$/, ''))
  switch (trimBlank(text.slice(0, colon)).toLowerCase()) {
    case 'content-type':
      header.type ??= value()
      break
    case 'content-transfer-encoding':
      header.encoding ??= value()
      break
    case 'content-disposition':
      header.disposition ??= value()
      break
    case 'content-id':
      header.id ??= value()
      break
    case 'content-description':
      header.description ??= value()
      break
    case 'content-md5':
      header.md5 ??= value()
      break
    case 'content-language':
      header.language ??= value()
      break
    case 'content-location':
      header.location ??= value()
      break
    default:
  }
}
