// Cuts the client's bytes into command lines. Only CRLF ends a line (RFC 5321 §2.3.8): a CR or LF on its own is an event of its own,
// because software that takes it for a line end and software that does not can be played against each other ("SMTP smuggling").
//
// Invariants: any division of the input into chunks gives the same events; memory stays below `lineBytesMax` bytes; work is linear. Lines
// are views that end with the next call of `read`, and their owner may overwrite them. What is longer than `lineBytesMax` is dropped up to its end.

import { LINE_FLOOD_BYTES_MAX } from './limits.ts'

export type LineEvent =
  /** Without its CRLF. `tooLong`: it was over the bound, and these are its first bytes. */
  | { readonly kind: 'line' | 'tooLong'; readonly bytes: Buffer }
  /** The place of the next command is lost or worthless: the connection must end. `tls`: a TLS record instead of a command. */
  | { readonly kind: 'bareCr' | 'bareLf' | 'flood' | 'tls' }

const LF = 0x0a
const CR = 0x0d
const TLS_HANDSHAKE = 0x16
const FIRST_BYTES = 256
const EMPTY = Buffer.alloc(0)

export class LineReader {
  readonly #lineBytesMax: number
  /** The beginning of a line whose end has not come yet, without a CR at its end. */
  #held = EMPTY
  #heldBytes = 0
  /** Bytes of the line so far, dropped ones included. */
  #lineBytes = 0
  #endsInCr = false
  /** Where in the chunk the next call goes on. */
  next = 0

  /** `lineBytesMax`: with the line end. */
  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  /** Nothing of a line has come yet. */
  get isBetweenLines(): boolean {
    return this.#lineBytes === 0 && !this.#endsInCr
  }

  /** The next event of `chunk` from `at`; null when the chunk is used up. `next` says where to go on. */
  read(chunk: Buffer, at: number): LineEvent | null {
    if (this.isBetweenLines && chunk[at] === TLS_HANDSHAKE) return this.#lost('tls', at)
    if (this.#endsInCr && at < chunk.length && chunk[at] !== LF) return this.#lost('bareCr', at)
    const lf = chunk.indexOf(LF, at)
    const end = lf < 0 ? chunk.length : lf
    // The only CR that may be there is the last byte: right before the LF, or where the chunk ends too early to tell.
    const cr = this.#endsInCr ? -1 : chunk.subarray(at, end).indexOf(CR)
    const textEnd = cr < 0 ? end : at + cr
    if (this.#lineBytes + textEnd - at > LINE_FLOOD_BYTES_MAX) return this.#lost('flood', textEnd)
    if (cr >= 0 && textEnd + 1 < end) return this.#lost('bareCr', textEnd + 1)
    if (lf < 0) {
      this.#hold(chunk, at, textEnd)
      this.#endsInCr = (this.#endsInCr && at === end) || cr >= 0
      this.next = end
      return null
    }
    if (!this.#endsInCr && cr < 0) return this.#lost('bareLf', lf)
    this.next = lf + 1
    const bytes = this.#lineBytes + textEnd - at + 2
    const line = this.#take(chunk, at, textEnd)
    return { kind: bytes > this.#lineBytesMax ? 'tooLong' : 'line', bytes: line }
  }

  /** Overwrites what is held. */
  wipe(): void {
    this.#held.fill(0)
    this.#held = EMPTY
    this.#heldBytes = this.#lineBytes = 0
    this.#endsInCr = false
  }

  #lost(kind: 'bareCr' | 'bareLf' | 'flood' | 'tls', next: number): LineEvent {
    this.next = next
    this.wipe()
    return { kind }
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    const size = Math.min(end - start, Math.max(0, this.#lineBytesMax - this.#lineBytes))
    this.#lineBytes += end - start
    if (size === 0) return
    const needed = this.#heldBytes + size
    if (needed > this.#held.length) {
      const grown = Buffer.alloc(Math.min(this.#lineBytesMax, Math.max(FIRST_BYTES, needed * 2)))
      this.#held.copy(grown, 0, 0, this.#heldBytes)
      // It may hold a password.
      this.#held.fill(0)
      this.#held = grown
    }
    chunk.copy(this.#held, this.#heldBytes, start, start + size)
    this.#heldBytes = needed
  }

  /** The whole line, a view of the chunk or of what was held. */
  #take(chunk: Buffer, start: number, end: number): Buffer {
    if (this.#lineBytes === 0) {
      this.#endsInCr = false
      return chunk.subarray(start, end)
    }
    this.#hold(chunk, start, end)
    const line = this.#held.subarray(0, this.#heldBytes)
    this.#held = EMPTY
    this.#heldBytes = this.#lineBytes = 0
    this.#endsInCr = false
    return line
  }
}
