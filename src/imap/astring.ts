// Strings on their way to the client (RFC 9051 §9 astring, nstring): an atom where it can be one, else quoted, else a literal. IMAP4rev1 has no
// bytes beyond ASCII in quoted strings.

import type { ResponseWriter } from '#base/response-writer.ts'
import { isAtom } from './cursor.ts'
import { writeLiteralHeader } from './literal-header.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Longer ones are literals, which clients read more easily. */
const QUOTED_BYTES_MAX = 1_024

export function writeAstring(out: ResponseWriter, bytes: Uint8Array): void {
  if (isAtom(bytes) && Buffer.from(bytes).toString('latin1').toUpperCase() !== 'NIL') out.bytes(bytes)
  else writeString(out, bytes)
}

export function writeString(out: ResponseWriter, bytes: Uint8Array): void {
  if (bytes.length <= QUOTED_BYTES_MAX && bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) {
    const escaped: number[] = []
    for (const byte of bytes) escaped.push(...(byte === QUOTE || byte === BACKSLASH ? [BACKSLASH, byte] : [byte]))
    out.text('"')
    out.bytes(Uint8Array.from(escaped))
    out.text('"')
    return
  }
  writeLiteralHeader(out, bytes.length, bytes.includes(0))
  out.bytes(bytes)
}
