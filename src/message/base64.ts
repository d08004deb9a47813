// Base64 as mail carries it (RFC 2045 §6.8), read as tolerantly as mail clients do.
//
// Bytes outside the alphabet are skipped. Padding ends the data, unless what follows it is base64 again (encoded blocks one after
// the other); otherwise it is something else, such as a footer that a mailing list added in clear, and is left out.

import { asBuffer } from '#base/bytes.ts'
import type { Octets } from './part.ts'

const PAD = 0x3d

/** Anything that neither is of the alphabet nor white space. */
const FOREIGN = /[^A-Za-z0-9+/\s]/

export function decodeBase64(bytes: Uint8Array): Buffer {
  const input = asBuffer(bytes)
  let pad = input.indexOf(PAD)
  if (pad < 0) return Buffer.from(input.toString('latin1'), 'base64')
  const blocks: Buffer[] = []
  let start = 0
  for (;;) {
    blocks.push(Buffer.from(input.toString('latin1', start, pad), 'base64'))
    start = pad
    while (input[start] === PAD || isWhiteSpace(input[start])) start++
    if (start >= input.length) break
    pad = input.indexOf(PAD, start)
    if (pad < 0) pad = input.length
    if (FOREIGN.test(input.toString('latin1', start, pad))) break
  }
  return blocks.length === 1 ? (blocks[0] as Buffer) : Buffer.concat(blocks)
}

/** The same of an encoded word's text, which most often has padding at its end or none. */
export function decodeBase64Text(text: Octets): Buffer {
  const pad = text.indexOf('=')
  if (pad < 0) return Buffer.from(text, 'base64')
  return ONLY_PADDING.test(text.slice(pad))
    ? Buffer.from(text.slice(0, pad), 'base64')
    : decodeBase64(Buffer.from(text, 'latin1'))
}

const ONLY_PADDING = /^={1,2}$/

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}

const LINE_LENGTH = 76

/** Lines of 76 characters, each with CRLF. */
export function encodeBase64(bytes: Uint8Array): Buffer {
  const text = asBuffer(bytes).toString('base64')
  const lines = Math.ceil(text.length / LINE_LENGTH)
  const result = Buffer.allocUnsafe(text.length + 2 * lines)
  let at = 0
  for (let start = 0; start < text.length; start += LINE_LENGTH) {
    at += result.write(text.slice(start, start + LINE_LENGTH), at, 'latin1')
    result[at++] = 0x0d
    result[at++] = 0x0a
  }
  return result
}
