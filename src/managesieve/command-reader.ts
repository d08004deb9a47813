// Cuts the client's bytes into commands (RFC 5804 §4): a name, then strings in quotes or as literals, and numbers. Any division into chunks gives the
// same commands. A literal that is too long is read past. What was read is overwritten, for it may have been a password.

import { asciiText } from '#base/bytes.ts'
import { ARGUMENTS_MAX, LINE_BYTES_MAX, SKIPPED_BYTES_MAX } from './limits.ts'

export type Argument =
  /** A buffer of its own. */
  { readonly kind: 'string'; readonly bytes: Buffer } | { readonly kind: 'number'; readonly value: number }

/** `flood`: more was sent than is read; nothing comes after it. */
export type CommandEvent =
  | { readonly kind: 'command'; readonly name: string; readonly arguments: readonly Argument[] }
  | { readonly kind: 'tooLarge'; readonly name: string }
  | { readonly kind: 'malformed' | 'flood' }

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
const LITERAL = /\{([0-9]{1,10})\+?\}$/
const WORD = /^[A-Za-z0-9]{1,32}$/

export class CommandReader {
  readonly #stringBytesMax: number
  #buffer: Buffer = Buffer.alloc(0)
  /** Of the command that is being read; null between commands. */
  #name: string | null = null
  #arguments: Argument[] = []
  #problem: 'malformed' | 'tooLarge' | null = null
  /** The literal that is being read. */
  #literal: Buffer | null = null
  #filled = 0
  #toSkip = 0
  /** Of the command that is being read, those that are read past included. */
  #literals = 0

  constructor(stringBytesMax: number) {
    this.#stringBytesMax = stringBytesMax
  }

  /** Copies the chunk. Take all commands with `next` before the next one. */
  push(chunk: Uint8Array): void {
    const before = this.#buffer
    this.#buffer = Buffer.concat([before, chunk])
    before.fill(0)
  }

  get isEmpty(): boolean {
    return this.#buffer.length === 0
  }

  /** What was not read yet, as a new buffer. */
  takeRest(): Buffer {
    const rest = Buffer.from(this.#buffer)
    this.wipe()
    return rest
  }

  wipe(): void {
    this.#take(this.#buffer.length)
    this.#literal?.fill(0)
    this.#literal = null
    for (const argument of this.#arguments) if (argument.kind === 'string') argument.bytes.fill(0)
    this.#arguments = []
  }

  /** The next command, or null when more bytes are needed. */
  next(): CommandEvent | null {
    for (;;) {
      if (!this.#readLiteral()) return null
      const feed = this.#buffer.indexOf(LF)
      if (feed < 0) return this.#buffer.length > LINE_BYTES_MAX ? { kind: 'flood' } : null
      if (feed > LINE_BYTES_MAX) return { kind: 'flood' }
      const end = feed > 0 && this.#buffer[feed - 1] === CR ? feed - 1 : feed
      const line = Buffer.from(this.#buffer.subarray(0, end))
      this.#take(feed + 1)
      const literal = this.#readLine(line)
      line.fill(0)
      if (literal === null) return this.#finish()
      if (literal > SKIPPED_BYTES_MAX || ++this.#literals > ARGUMENTS_MAX) return { kind: 'flood' }
      if (literal > this.#stringBytesMax || this.#problem !== null) {
        this.#problem ??= 'tooLarge'
        this.#toSkip = literal
      } else {
        this.#literal = Buffer.alloc(literal)
        this.#filled = 0
      }
    }
  }

  #take(length: number): void {
    this.#buffer.fill(0, 0, length)
    this.#buffer = this.#buffer.subarray(length)
  }

  /** False: there is more to come of it. */
  #readLiteral(): boolean {
    if (this.#toSkip > 0) {
      const skipped = Math.min(this.#toSkip, this.#buffer.length)
      this.#toSkip -= skipped
      this.#take(skipped)
      if (this.#toSkip > 0) return false
    }
    const literal = this.#literal
    if (literal === null) return true
    const copied = this.#buffer.copy(literal, this.#filled)
    this.#filled += copied
    this.#take(copied)
    if (this.#filled < literal.length) return false
    this.#arguments.push({ kind: 'string', bytes: literal })
    this.#literal = null
    return true
  }

  /** The length of the literal that follows, or null. */
  #readLine(line: Buffer): number | null {
    const header = LITERAL.exec(asciiText(line, Math.max(0, line.length - 16)))
    const literal = header === null ? null : Number(header[1])
    const end = header === null ? line.length : line.length - header[0].length
    this.#problem ??= this.#readTokens(line.subarray(0, end), literal !== null)
    return literal
  }

  #readTokens(line: Buffer, isFollowed: boolean): 'malformed' | null {
    let at = 0
    for (;;) {
      while (line[at] === SPACE) at++
      if (at >= line.length) break
      if (this.#arguments.length >= ARGUMENTS_MAX) return 'malformed'
      if (line[at] === QUOTE) {
        const end = this.#readQuoted(line, at)
        if (end < 0 || this.#name === null) return 'malformed'
        at = end
      } else {
        let end = at
        while (end < line.length && line[end] !== SPACE) end++
        const word = asciiText(line, at, Math.min(end, at + 64))
        if (!WORD.test(word)) return 'malformed'
        if (this.#name === null) this.#name = word.toUpperCase()
        else if (/^[0-9]{1,10}$/.test(word)) this.#arguments.push({ kind: 'number', value: Number(word) })
        else return 'malformed'
        at = end
      }
      if (at < line.length && line[at] !== SPACE) return 'malformed'
    }
    return this.#name === null && isFollowed ? 'malformed' : null
  }

  /** Behind its closing quote; -1 if it has none. */
  #readQuoted(line: Buffer, start: number): number {
    const bytes: number[] = []
    for (let at = start + 1; at < line.length; at++) {
      const byte = line[at] as number
      if (byte === QUOTE) {
        this.#arguments.push({ kind: 'string', bytes: Buffer.from(bytes) })
        bytes.fill(0)
        return at + 1
      }
      if (byte === 0 || byte === CR) return -1
      if (byte === BACKSLASH) bytes.push(line[++at] ?? 0)
      else bytes.push(byte)
    }
    return -1
  }

  #finish(): CommandEvent {
    const name = this.#name ?? ''
    const args = this.#arguments
    const problem = this.#problem ?? (name === '' ? 'malformed' : null)
    this.#name = null
    this.#arguments = []
    this.#problem = null
    this.#literals = 0
    if (problem === null) return { kind: 'command', name, arguments: args }
    for (const argument of args) if (argument.kind === 'string') argument.bytes.fill(0)
    return problem === 'tooLarge' ? { kind: 'tooLarge', name } : { kind: 'malformed' }
  }
}
