// A position in the text of one command, and the tokens of IMAP's grammar (RFC 9051 §9) read from there.
//
// Each method consumes what it names or throws SyntaxFailure with what was expected and where; `parseCommand` alone catches
// that, so that nothing thrown leaves the grammar. Byte results are views of the command unless the text says otherwise.

import { asciiText, utf8TextOrNull } from '#base/bytes.ts'
import type { Completion } from './command.ts'
import { LIST_ITEMS_MAX, NESTING_MAX } from './limits.ts'

/** The command is not well-formed; the message is for its sender. */
export class SyntaxFailure extends Error {
  override name = 'SyntaxFailure'
  /** What is answered, where it is another thing than BAD. */
  readonly completion: Completion | null

  constructor(message: string, completion: Completion | null = null) {
    super(message)
    this.completion = completion
  }
}

const SPACE = 0x20
const QUOTE = 0x22
const OPEN = 0x28
const CLOSE = 0x29
const BACKSLASH = 0x5c
const BRACE = 0x7b
const LF = 0x0a
const CR = 0x0d

const ATOM = 1
const ASTRING = 2
const TAG = 4
const LIST = 8

const classes = new Uint8Array(256)
for (let byte = 0x21; byte < 0x7f; byte++) {
  const character = String.fromCharCode(byte)
  const special = '(){%*"\\]'.includes(character)
  let flags = special ? 0 : ATOM | ASTRING | TAG | LIST
  if (character === ']') flags = ASTRING | TAG | LIST
  if (character === '%' || character === '*') flags = LIST
  // RFC 3501 §9: tag = 1*<any ASTRING-CHAR except "+">
  if (character === '+') flags &= ~TAG
  classes[byte] = flags
}

/** True if the whole of `bytes` could stand as an astring without quotes. */
export function isAtom(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (((classes[byte] as number) & ATOM) === 0) return false
  return bytes.length > 0
}

export class Cursor {
  readonly bytes: Buffer
  at = 0
  #depth = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  fail(expected: string): never {
    throw new SyntaxFailure(
      this.isAtEnd ? `${expected} expected, but the command ends` : `${expected} expected at character ${this.at + 1}`,
    )
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length
  }

  /** The next byte, or -1. */
  peek(): number {
    return this.bytes[this.at] ?? -1
  }

  /** Consumes the character if it is next. */
  skip(character: string): boolean {
    if (this.peek() !== character.charCodeAt(0)) return false
    this.at++
    return true
  }

  expect(character: string): void {
    if (!this.skip(character)) this.fail(`"${character}"`)
  }

  space(): void {
    if (this.peek() !== SPACE) this.fail('a space')
    this.at++
  }

  /** Consumes `word` (upper case) in any case if it comes next and ends there. */
  skipWord(word: string): boolean {
    const end = this.at + word.length
    if (asciiText(this.bytes, this.at, end).toUpperCase() !== word) return false
    if (((classes[this.bytes[end] ?? SPACE] as number) & ATOM) !== 0) return false
    this.at = end
    return true
  }

  end(): void {
    if (!this.isAtEnd) this.fail('the end of the command')
  }

  tag(): string {
    return this.#run(TAG, 'a tag')
  }

  atom(): string {
    return this.#run(ATOM, 'a word')
  }

  /** An atom in upper case: a name that IMAP itself gives. */
  word(): string {
    return this.atom().toUpperCase()
  }

  /** Letters, digits, `-` and `.` in upper case, as far as they go: the name of a FETCH item. */
  itemName(): string {
    const start = this.at
    for (;;) {
      const byte = this.peek() | 0x20
      const isName = (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2e
      if (!isName || this.peek() < SPACE) break
      this.at++
    }
    if (this.at === start) this.fail('a name')
    return asciiText(this.bytes, start, this.at).toUpperCase()
  }

  /** 0 to 2^32 - 1 (RFC 3501 §9 number). */
  number(): number {
    return this.#digits(0xffff_ffff)
  }

  nonZeroNumber(): number {
    const start = this.at
    const value = this.number()
    if (value === 0) {
      this.at = start
      this.fail('a number over 0')
    }
    return value
  }

  /** 0 to 2^53 - 1: RFC 7162's mod-sequence values and RFC 9051's number64, as far as this server counts. */
  number64(): number {
    return this.#digits(Number.MAX_SAFE_INTEGER)
  }

  #digits(max: number): number {
    const start = this.at
    let value = 0
    for (;;) {
      const digit = this.peek() - 0x30
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      if (value > max) {
        this.at = start
        this.fail(`a number up to ${max}`)
      }
      this.at++
    }
    if (this.at === start) this.fail('a number')
    return value
  }

  /** A quoted string or literal. A quoted string with escapes is a new buffer. */
  string(): Buffer {
    if (this.peek() === QUOTE) return this.#quoted()
    if (this.peek() === BRACE) return this.#literal()
    return this.fail('a string')
  }

  /** A string, NIL (null), or a literal that may have NULs (RFC 3516 §7 literal8). */
  binaryString(): Buffer | null {
    return this.skip('~') ? this.#literal(true) : this.nstring()
  }

  astring(): Buffer {
    const byte = this.peek()
    if (byte === QUOTE || byte === BRACE) return this.string()
    return this.#runBytes(ASTRING, 'a string')
  }

  /** As astring, with the wildcards of LIST. */
  listMailbox(): Buffer {
    const byte = this.peek()
    if (byte === QUOTE || byte === BRACE) return this.string()
    return this.#runBytes(LIST, 'a mailbox pattern')
  }

  /** Null for NIL. */
  nstring(): Buffer | null {
    return this.skipWord('NIL') ? null : this.string()
  }

  /** An astring that is UTF-8 text. */
  text(): string {
    const start = this.at
    const text = utf8TextOrNull(this.astring())
    if (text === null) {
      this.at = start
      this.fail('text in UTF-8')
    }
    return text
  }

  /** `(item item …)`, with at least `min` items. */
  list<T>(item: () => T, min = 1): T[] {
    this.expect('(')
    const items: T[] = []
    this.nested(() => {
      if (min === 0 && this.peek() === CLOSE) return
      do {
        if (items.length >= LIST_ITEMS_MAX) throw new SyntaxFailure(`a list has more than ${LIST_ITEMS_MAX} items`)
        items.push(item())
      } while (this.skip(' '))
    })
    this.expect(')')
    return items
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (this.#depth >= NESTING_MAX) throw new SyntaxFailure(`parentheses are more than ${NESTING_MAX} deep`)
    this.#depth++
    const value = parse()
    this.#depth--
    return value
  }

  get isAtList(): boolean {
    return this.peek() === OPEN
  }

  #run(charClass: number, expected: string): string {
    return this.#runBytes(charClass, expected).toString('latin1')
  }

  #runBytes(charClass: number, expected: string): Buffer {
    const start = this.at
    while (((classes[this.bytes[this.at] ?? SPACE] as number) & charClass) !== 0) this.at++
    if (this.at === start) this.fail(expected)
    return this.bytes.subarray(start, this.at)
  }

  #quoted(): Buffer {
    const start = this.at + 1
    let escapes = 0
    for (let at = start; at < this.bytes.length; at++) {
      const byte = this.bytes[at] as number
      if (byte === QUOTE) {
        this.at = at + 1
        const content = this.bytes.subarray(start, at)
        return escapes === 0 ? content : unescape(content, escapes)
      }
      if (byte === CR || byte === LF || byte === 0) break
      if (byte === BACKSLASH) {
        const next = this.bytes[++at]
        if (next !== QUOTE && next !== BACKSLASH) break
        escapes++
      }
    }
    return this.fail('a well-formed quoted string')
  }

  /** The reader has seen to it that the announcement ends a line and that its bytes follow. */
  #literal(mayHaveNuls = false): Buffer {
    const start = this.at
    this.at++
    const size = this.number()
    this.skip('+')
    this.expect('}')
    this.skip('\r')
    if (this.peek() === LF && this.at + 1 + size <= this.bytes.length) {
      this.at += 1 + size
      const content = this.bytes.subarray(this.at - size, this.at)
      if (!mayHaveNuls && content.includes(0)) throw new SyntaxFailure('a literal has a NUL byte')
      return content
    }
    this.at = start
    return this.fail('a literal')
  }
}

function unescape(content: Buffer, escapes: number): Buffer {
  const plain = Buffer.alloc(content.length - escapes)
  let to = 0
  for (let at = 0; at < content.length; at++) {
    if (content[at] === BACKSLASH) at++
    plain[to++] = content[at] as number
  }
  return plain
}
