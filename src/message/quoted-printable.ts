// Quoted-printable (RFC 2045 §6.7) and the "Q" encoding of encoded words, which is close to it (RFC 2047 §4.2).
//
// Reading is tolerant: `=` without two hexadecimal digits stands for itself, digits may be in lower case, soft line breaks may have
// white space before the line break. White space at the end of a line is dropped, as §6.7 (3) demands.

import { asBuffer } from '#base/bytes.ts'

const LF = 0x0a
const CR = 0x0d
const TAB = 0x09
const SPACE = 0x20
const EQUALS = 0x3d

const HEX_VALUE = new Int8Array(256).fill(-1)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  HEX_VALUE[digit.charCodeAt(0)] = value
  HEX_VALUE[digit.toUpperCase().charCodeAt(0)] = value
}

export function decodeQuotedPrintable(bytes: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(bytes.length)
  const end = bytes.length
  let length = 0
  // Where the line's white space at its end would begin: after the last byte that is not white space, or that was encoded.
  let solid = 0
  for (let i = 0; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === EQUALS) {
      const high = HEX_VALUE[bytes[i + 1] as number] ?? -1
      const low = HEX_VALUE[bytes[i + 2] as number] ?? -1
      if (high >= 0 && low >= 0) {
        result[length++] = (high << 4) | low
        i += 2
      } else {
        const next = softBreakEnd(bytes, i + 1)
        if (next < 0) result[length++] = EQUALS
        else i = next - 1
      }
      solid = length
    } else if (byte === LF || (byte === CR && bytes[i + 1] === LF)) {
      length = solid
      if (byte === CR) result[length++] = bytes[i++] as number
      result[length++] = LF
      solid = length
    } else {
      result[length++] = byte
      if (byte !== SPACE && byte !== TAB) solid = length
    }
  }
  return result.subarray(0, solid)
}

/** After a soft line break whose `=` is before `at`; -1 if it is none. A `=` at the very end is one too. */
function softBreakEnd(bytes: Uint8Array, at: number): number {
  let i = at
  while (bytes[i] === SPACE || bytes[i] === TAB) i++
  if (i >= bytes.length) return i
  if (bytes[i] === CR && bytes[i + 1] === LF) return i + 2
  return bytes[i] === LF ? i + 1 : -1
}

/** The "Q" encoding: `_` is a space (RFC 2047 §4.2 (2)). */
export function decodeQ(text: string): Buffer {
  const result = Buffer.allocUnsafe(text.length)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === EQUALS) {
      const high = HEX_VALUE[text.charCodeAt(i + 1)] ?? -1
      const low = HEX_VALUE[text.charCodeAt(i + 2)] ?? -1
      if (high >= 0 && low >= 0) {
        result[length++] = (high << 4) | low
        i += 2
        continue
      }
    }
    result[length++] = code === 0x5f ? SPACE : code
  }
  return result.subarray(0, length)
}

const HEX = '0123456789ABCDEF'
const LINE_LENGTH_MAX = 76

/** Text whose line breaks are CRLF, encoded: they stay, every other control or eight-bit byte is escaped. */
export function encodeQuotedPrintable(bytes: Uint8Array): Buffer {
  const input = asBuffer(bytes)
  const lines: string[] = []
  for (let start = 0; start <= input.length;) {
    let end = input.indexOf('\r\n', start)
    if (end < 0) end = input.length
    lines.push(encodeLine(input, start, end))
    start = end + 2
  }
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

function encodeLine(bytes: Uint8Array, start: number, end: number): string {
  let result = ''
  let column = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    const last = i === end - 1
    // A dot that stands alone on its line, and `From `, have been mangled by relays: both are escaped at a line's start.
    const plain =
      (byte > 0x20 && byte < 0x7f && byte !== EQUALS && !(column === 0 && (byte === 0x2e || byte === 0x46))) ||
      ((byte === SPACE || byte === TAB) && !last)
    const size = plain ? 1 : 3
    // The last piece may fill the line; any other needs room for the `=` of a soft break.
    if (column + size > (last ? LINE_LENGTH_MAX : LINE_LENGTH_MAX - 1)) {
      result += '=\r\n'
      column = 0
    }
    result += plain ? String.fromCharCode(byte) : `=${HEX[byte >> 4]}${HEX[byte & 15]}`
    column += size
  }
  return result
}
