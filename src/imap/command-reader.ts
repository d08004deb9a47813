// Cuts the client's bytes into commands (RFC 3501 §2.2.1, §4.3; RFC 7888 for literals that do not wait).
//
// It knows lines and literals and nothing else of the grammar: a line that ends in `{n}` or `{n+}` announces n bytes that belong
// to the command. Whether they are kept, streamed or refused is its owner's decision, taken from the text before them. Because
// commands are cut without being understood, a malformed one never loses the place where the next begins.
//
// Invariants: any division of the input into chunks gives the same events; memory stays below `commandBytesMax` and one chunk;
// work is linear in the input. Bytes in events are views that end with the next call of `next` or `push`.

import { assert } from '#base/assert.ts'
import type { ReaderLimits } from './limits.ts'

export interface LiteralOffer {
  readonly kind: 'literal'
  /** The command up to and including the literal's announcement; after a streamed literal, only what followed it. */
  readonly text: Buffer
  /** May be Infinity. */
  readonly sizeBytes: number
  /** The client waits for our leave to send it. */
  readonly waits: boolean
}

export type ReaderEvent =
  | LiteralOffer
  /** A whole command without its last line end. After a streamed literal: only what followed it. */
  | { readonly kind: 'command'; readonly text: Buffer }
  /** Bytes of a streamed literal. */
  | { readonly kind: 'chunk'; readonly bytes: Buffer }
  /** The end of a command that was refused, or was too long: then with its first bytes. */
  | { readonly kind: 'skipped'; readonly tooLong: Buffer | null }
  /** More is announced than will be read past: the place of the next command is lost, and the connection must end. */
  | { readonly kind: 'flood' }
  /** In line mode: one line, no command. */
  | { readonly kind: 'line'; readonly bytes: Buffer }

const LF = 0x0a
const CR = 0x0d
const INITIAL_BYTES = 1_024
const KEPT_BYTES = 16_384
/** Enough of a long line to name its tag. */
const HEAD_BYTES = 80
/** Enough of a long line's end to see that it announces a literal. */
const TAIL_BYTES = 32

type Announcement = Pick<LiteralOffer, 'sizeBytes' | 'waits'>

/** The literal that the line `buffer[start, end)` announces at its end, or null. */
function announcedLiteral(buffer: Buffer, start: number, end: number): Announcement | null {
  if (end - start < 3 || buffer[end - 1] !== 0x7d) return null
  let at = end - 2
  const waits = buffer[at] !== 0x2b
  if (!waits) at--
  let size = 0
  let scale = 1
  const digitsEnd = at
  while (at >= start && (buffer[at] as number) >= 0x30 && (buffer[at] as number) <= 0x39) {
    size += ((buffer[at] as number) - 0x30) * scale
    scale *= 10
    at--
    // Nobody sends 10^15 bytes: whatever follows, the size is beyond all bounds.
    if (digitsEnd - at > 15) return { sizeBytes: Infinity, waits }
  }
  if (at === digitsEnd || at < start || buffer[at] !== 0x7b) return null
  return { sizeBytes: size, waits }
}

type Mode = 'text' | 'decision' | 'keep' | 'stream' | 'discard' | 'flood'

export class CommandReader {
  readonly #limits: ReaderLimits
  #buffer = Buffer.alloc(0)
  /** Content is `#buffer[#start, #end)`. */
  #start = 0
  #end = 0
  /** Where the search for the line's end goes on. */
  #scan = 0
  #lineStart = 0
  #mode: Mode = 'text'
  /** Bytes still to come of the literal. */
  #left = 0
  #keptBytes = 0
  #discardedBytes = 0
  #waits = false
  /** What comes until the command ends is dropped. */
  #skipping = false
  #head: Buffer | null = null
  #lineMode = false
  /** A refused literal will not come: its command is over. */
  #endOfSkipped = false

  constructor(limits: ReaderLimits) {
    this.#limits = limits
  }

  /** Copies the chunk. Take all events with `next` before the next one. */
  push(chunk: Uint8Array): void {
    this.#compact(chunk.length)
    this.#buffer.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** The next event, or null when more bytes are needed. */
  next(): ReaderEvent | null {
    const event = this.#advance()
    // An idle session keeps no more memory than it needs.
    if (event === null && this.isEmpty && this.#mode === 'text' && this.#buffer.length > KEPT_BYTES) this.wipe()
    return event
  }

  #advance(): ReaderEvent | null {
    for (;;) {
      switch (this.#mode) {
        case 'decision':
          return null
        case 'flood':
          return { kind: 'flood' }
        case 'keep': {
          const count = Math.min(this.#left, this.#end - this.#scan)
          this.#scan += count
          this.#left -= count
          if (this.#left > 0) return null
          this.#lineStart = this.#scan
          this.#mode = 'text'
          break
        }
        case 'stream': {
          const count = Math.min(this.#left, this.#end - this.#start)
          if (count === 0 && this.#left > 0) return null
          const bytes = this.#buffer.subarray(this.#start, this.#start + count)
          this.#consume(this.#start + count)
          this.#left -= count
          if (this.#left === 0) this.#mode = 'text'
          if (count > 0) return { kind: 'chunk', bytes }
          break
        }
        case 'discard': {
          const count = Math.min(this.#left, this.#end - this.#start)
          this.#consume(this.#start + count)
          this.#left -= count
          if (this.#left > 0) return null
          this.#mode = 'text'
          break
        }
        case 'text': {
          const event = this.#line()
          if (event !== 'again') return event
        }
      }
    }
  }

  /** The offered literal becomes part of the command's text. */
  keep(): void {
    assert(this.#mode === 'decision', 'no literal is offered')
    this.#keptBytes += this.#left
    this.#mode = 'keep'
  }

  /** The offered literal comes as `chunk` events, and the text before it is forgotten. */
  stream(): void {
    assert(this.#mode === 'decision', 'no literal is offered')
    this.#consume(this.#scan)
    this.#mode = 'stream'
  }

  /** The rest of the command is dropped, the literal included if it comes anyway; `skipped` follows. */
  refuse(): void {
    assert(this.#mode === 'decision', 'no literal is offered')
    this.#consume(this.#scan)
    this.#skipping = true
    this.#head = null
    this.#endOfSkipped = this.#waits
    this.#mode = 'text'
    if (!this.#waits) this.#discard(this.#left)
  }

  /** The next line is no command: the answer to a continuation request. */
  expectLine(): void {
    this.#lineMode = true
  }

  /** What was not consumed yet, as a new buffer; the reader is empty and overwritten afterwards. */
  takeRest(): Buffer {
    const rest = Buffer.from(this.#buffer.subarray(this.#start, this.#end))
    this.wipe()
    return rest
  }

  get isEmpty(): boolean {
    return this.#start === this.#end
  }

  /** Overwrites everything read so far with zeros, except what is still to be handed out. */
  wipeConsumed(): void {
    this.#buffer.fill(0, 0, this.#start)
    this.#buffer.fill(0, this.#end)
  }

  wipe(): void {
    this.#buffer.fill(0)
    this.#buffer = Buffer.alloc(0)
    this.#start = this.#end = this.#scan = this.#lineStart = 0
  }

  #line(): ReaderEvent | null | 'again' {
    if (this.#endOfSkipped) return this.#skipped()
    const found = this.#buffer.subarray(this.#scan, this.#end).indexOf(LF)
    const end = found < 0 ? this.#end : this.#scan + found + 1
    if (this.#skipping) return this.#skipLine(found >= 0, end)
    if (end - this.#start - this.#keptBytes > this.#limits.lineBytesMax) {
      this.#head = Buffer.from(this.#buffer.subarray(this.#start, this.#start + HEAD_BYTES))
      this.#skipping = true
      this.#lineMode = false
      this.#discardedBytes += this.#scan - this.#start
      return 'again'
    }
    this.#scan = end
    if (found < 0) return null
    const textEnd = this.#lineEnd(end)
    if (this.#lineMode) {
      this.#lineMode = false
      const bytes = this.#buffer.subarray(this.#start, textEnd)
      this.#consume(end)
      return { kind: 'line', bytes }
    }
    const literal = announcedLiteral(this.#buffer, this.#lineStart, textEnd)
    if (literal === null) {
      const text = this.#buffer.subarray(this.#start, textEnd)
      this.#consume(end)
      return { kind: 'command', text }
    }
    this.#mode = 'decision'
    this.#left = literal.sizeBytes
    this.#waits = literal.waits
    const text = this.#buffer.subarray(this.#start, textEnd)
    return { kind: 'literal', text, sizeBytes: literal.sizeBytes, waits: literal.waits }
  }

  /** Drops a line of a command that was refused or is too long, but not the literal announced at its end. */
  #skipLine(isComplete: boolean, end: number): ReaderEvent | null | 'again' {
    this.#discardedBytes += end - this.#scan
    if (this.#discardedBytes > this.#limits.discardedBytesMax) {
      this.#consume(end)
      this.#mode = 'flood'
      return 'again'
    }
    if (!isComplete) {
      this.#start = this.#lineStart = Math.max(this.#start, end - TAIL_BYTES)
      this.#scan = end
      return null
    }
    const literal = announcedLiteral(this.#buffer, this.#lineStart, this.#lineEnd(end))
    this.#consume(end)
    // A client that waits for leave to send its literal gets its answer instead.
    if (literal === null || literal.waits) return this.#skipped()
    this.#discard(literal.sizeBytes)
    return 'again'
  }

  #discard(sizeBytes: number): void {
    this.#left = sizeBytes
    this.#discardedBytes += sizeBytes
    this.#mode = this.#discardedBytes > this.#limits.discardedBytesMax ? 'flood' : 'discard'
  }

  #skipped(): ReaderEvent {
    const tooLong = this.#head
    this.#head = null
    this.#skipping = false
    this.#endOfSkipped = false
    this.#discardedBytes = 0
    return { kind: 'skipped', tooLong }
  }

  /** `end` is behind an LF; where the line's text ends. */
  #lineEnd(end: number): number {
    return end - 2 >= this.#lineStart && this.#buffer[end - 2] === CR ? end - 2 : end - 1
  }

  #consume(to: number): void {
    this.#start = this.#scan = this.#lineStart = to
    this.#keptBytes = 0
  }

  /** Makes room for `more` bytes behind the content. */
  #compact(more: number): void {
    const length = this.#end - this.#start
    let target = this.#buffer
    if (length + more > target.length) {
      let capacity = INITIAL_BYTES
      while (capacity < length + more) capacity *= 2
      target = Buffer.alloc(capacity)
    } else if (this.#end + more <= target.length) {
      return
    }
    this.#buffer.copy(target, 0, this.#start, this.#end)
    // The old buffer may have held a password.
    if (target !== this.#buffer) this.#buffer.fill(0)
    this.#scan -= this.#start
    this.#lineStart -= this.#start
    this.#start = 0
    this.#end = length
    this.#buffer = target
  }
}
