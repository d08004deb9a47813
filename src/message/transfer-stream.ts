// Transfer encodings undone piece by piece (RFC 2045 §6): a body that is large need not be in memory as a whole, neither encoded nor decoded. All
// pieces together are, byte for byte, what `decodeTransfer` makes of the whole body.
//
// What must be held back until more has come: up to three digits of base64, and what follows padding, until it is clear that it is data; white space
// and `=` at the end of a piece of quoted-printable. Of a body that was made to that end this may be all of it. uuencode, which only old mail has, is
// decoded at the end.

import { wipe } from '#base/bytes.ts'
import { type TransferDecoder, decoderOf } from './body.ts'
import type { Part } from './part.ts'
import { decodeQuotedPrintable } from './quoted-printable.ts'

export interface TransferStream extends Disposable {
  /** What is decoded now. The piece stays the caller's, the result is the caller's. */
  write(piece: Buffer): Buffer
  /** The rest. */
  end(): Buffer
}

/** Null where the body is as it is. */
export function transferStream(part: Part): TransferStream | null {
  const decode = decoderOf(part)
  if (decode === null) return null
  if (part.encoding === 'base64') return new Base64Stream()
  return new HoldingStream(decode, decode === decodeQuotedPrintable ? quotedPrintableCut : nowhere)
}

/** How much of a piece can be decoded without what comes after it, together with what was held before; 0 if none. */
type FindCut = (piece: Buffer, before: number) => number

function nowhere(): number {
  return 0
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const TAB = 0x09
const SPACE = 0x20
const EQUALS = 0x3d

/** Behind a byte that stands for itself, or ends what an `=` began. */
function quotedPrintableCut(piece: Buffer, before: number): number {
  for (let cut = piece.length; cut > 0; cut--) {
    const last = piece[cut - 1] as number
    if (last === LINE_FEED) return cut
    if (last === SPACE || last === TAB || last === CARRIAGE_RETURN || last === EQUALS) continue
    if ((cut > 1 ? piece[cut - 2] : before) !== EQUALS) return cut
  }
  return 0
}

class HoldingStream implements TransferStream {
  readonly #decode: TransferDecoder
  readonly #findCut: FindCut
  #held: Buffer[] = []
  #last = 0

  constructor(decode: TransferDecoder, findCut: FindCut) {
    this.#decode = decode
    this.#findCut = findCut
  }

  write(piece: Buffer): Buffer {
    const cut = this.#findCut(piece, this.#last)
    this.#last = piece.at(-1) ?? this.#last
    if (cut === 0) {
      this.#held.push(Buffer.from(piece))
      return Buffer.alloc(0)
    }
    this.#held.push(Buffer.from(piece.subarray(0, cut)))
    const decoded = this.end()
    if (cut < piece.length) this.#held.push(Buffer.from(piece.subarray(cut)))
    return decoded
  }

  end(): Buffer {
    const encoded = joined(this.#held.splice(0))
    const decoded = this.#decode(encoded)
    wipe(encoded)
    return decoded
  }

  [Symbol.dispose](): void {
    wipe(...this.#held)
    this.#held = []
  }
}

const NOT_A_DIGIT = 0xff
/** The digits of base64; and, as decodeBase64 has it, those that URLs have instead of two of them (RFC 4648 §5). */
const DIGITS = new Uint8Array(256).fill(NOT_A_DIGIT)
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
for (let value = 0; value < 64; value++) DIGITS[ALPHABET.charCodeAt(value)] = value
DIGITS[0x2d] = 62
DIGITS[0x5f] = 63

/** Bytes that clear text has behind the data, and base64 has not. */
const FOREIGN = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) FOREIGN[byte] = /[A-Za-z0-9+/\s]/.test(String.fromCharCode(byte)) ? 0 : 1

class Base64Stream implements TransferStream {
  /** In the first block of data, in padding, in what follows padding, or after all data. */
  #state: 'first' | 'padding' | 'next' | 'over' = 'first'
  /** Of what follows padding: whether it is something else than data. */
  #isForeign = false
  /** Decoded from what follows padding, while that is open. */
  #held: Buffer[] = []
  #bits = 0
  #value = 0

  write(piece: Buffer): Buffer {
    const decoded = Buffer.alloc(Math.ceil((piece.length * 3) / 4) + 1)
    const sure: Buffer[] = []
    let length = 0
    for (let at = 0; at < piece.length && this.#state !== 'over';) {
      let pad = piece.indexOf(EQUALS, at)
      if (pad < 0) pad = piece.length
      const start = length
      length = this.#decode(piece, this.#begin(piece, at, pad), pad, decoded, length)
      const isOpen = this.#state === 'next'
      if (isOpen && pad === piece.length) {
        this.#held.push(decoded.subarray(start, length))
        break
      }
      if (isOpen && this.#isForeign) {
        this.#drop(decoded.subarray(start, length))
        break
      }
      sure.push(...this.#held.splice(0), decoded.subarray(start, length))
      if (pad < piece.length) {
        this.#state = 'padding'
        this.#bits = 0
      }
      at = pad + 1
    }
    return sure.length === 1 ? (sure[0] as Buffer) : joined(sure)
  }

  /** Where digits begin, of what is before the next padding. */
  #begin(piece: Buffer, from: number, pad: number): number {
    if (this.#state !== 'padding') return from
    let at = from
    while (at < pad && isWhiteSpace(piece[at] as number)) at++
    if (at < pad) {
      this.#state = 'next'
      this.#isForeign = false
    }
    return at
  }

  #decode(piece: Buffer, from: number, to: number, decoded: Buffer, begin: number): number {
    let length = begin
    let bits = this.#bits
    let value = this.#value
    let foreign = 0
    const isFirst = this.#state === 'first'
    for (let at = from; at < to; at++) {
      // Four digits at a time, most of the way. In what follows padding, each byte is looked at.
      const quadsEnd = bits === 0 && isFirst ? to - 3 : 0
      while (at < quadsEnd) {
        const a = DIGITS[piece[at] as number] as number
        const b = DIGITS[piece[at + 1] as number] as number
        const c = DIGITS[piece[at + 2] as number] as number
        const d = DIGITS[piece[at + 3] as number] as number
        if ((a | b | c | d) > 63) break
        decoded[length++] = (a << 2) | (b >> 4)
        decoded[length++] = (b << 4) | (c >> 2)
        decoded[length++] = (c << 6) | d
        at += 4
      }
      if (at >= to) break
      const byte = piece[at] as number
      foreign |= FOREIGN[byte] as number
      const digit = DIGITS[byte] as number
      if (digit === NOT_A_DIGIT) continue
      value = ((value << 6) | digit) & 0xffff
      bits += 6
      if (bits >= 8) {
        bits -= 8
        decoded[length++] = value >> bits
      }
    }
    this.#bits = bits
    this.#value = value
    if (foreign === 1) this.#isForeign = true
    return length
  }

  /** All that is open is no data, nor is anything behind it. */
  #drop(...open: Buffer[]): void {
    wipe(...open, ...this.#held)
    this.#held = []
    this.#state = 'over'
  }

  end(): Buffer {
    if (this.#isForeign && this.#state === 'next') this.#drop()
    return joined(this.#held.splice(0))
  }

  [Symbol.dispose](): void {
    this.#drop()
  }
}

function isWhiteSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN
}

/** One buffer with the content of all, which are wiped. */
function joined(buffers: Buffer[]): Buffer {
  const whole = Buffer.concat(buffers)
  wipe(...buffers)
  return whole
}
