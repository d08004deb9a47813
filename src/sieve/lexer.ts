// Tokens of a script (RFC 5228 §8.1).
//
// A script is octets, one character of `Octets` for each. Lines may end in LF alone, which clients send although the grammar wants CRLF; within
// strings it becomes CRLF. NUL, a CR on its own, and whatever begins no token are mistakes, and nothing behind them is read.

import type { Octets } from '#message/part.ts'
import { STRING_BYTES_MAX } from './limits.ts'
import type { Misplaced } from './issue.ts'

export type Token = { readonly offset: number } & (
  | { readonly kind: 'identifier' | 'tag'; readonly name: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: Octets }
  | { readonly kind: '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | 'end' }
)

const NUMBER_MAX = 2 ** 53 - 1
const QUANTIFIERS: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /([0-9]+)([A-Za-z_][A-Za-z0-9_]*)?/y
/** §8.1: only white space and a comment may follow `text:` on its line. */
const TEXT_START = /text:[\t ]*(?:#[^\r\n]*)?\r?\n/iy
const PUNCTUATION = '()[]{},;'

/** Thrown within this folder only. */
export class SyntaxMistake extends Error {
  readonly at: Misplaced

  constructor(offset: number, text: string) {
    super(text)
    this.at = { offset, text }
  }
}

export class Lexer {
  readonly #script: Octets
  #at = 0

  constructor(script: Octets) {
    this.#script = script
  }

  /** Throws SyntaxMistake. */
  next(): Token {
    this.#skipBlank()
    const script = this.#script
    const offset = this.#at
    if (offset >= script.length) return { kind: 'end', offset }
    const char = script[offset] as string
    if (PUNCTUATION.includes(char)) {
      this.#at++
      return { kind: char as '(', offset }
    }
    if (char === '"') return { kind: 'string', offset, value: this.#quoted() }
    if (char === ':') {
      IDENTIFIER.lastIndex = offset + 1
      const name = IDENTIFIER.exec(script)?.[0]
      if (name === undefined) throw new SyntaxMistake(offset, 'a name must follow the colon at once')
      this.#at = IDENTIFIER.lastIndex
      return { kind: 'tag', offset, name: name.toLowerCase() }
    }
    TEXT_START.lastIndex = offset
    if (TEXT_START.test(script)) {
      this.#at = TEXT_START.lastIndex
      return { kind: 'string', offset, value: this.#multiLine(offset) }
    }
    IDENTIFIER.lastIndex = offset
    const name = IDENTIFIER.exec(script)?.[0]
    if (name !== undefined) {
      this.#at = IDENTIFIER.lastIndex
      return { kind: 'identifier', offset, name: name.toLowerCase() }
    }
    NUMBER.lastIndex = offset
    const number = NUMBER.exec(script)
    if (number !== null) {
      this.#at = NUMBER.lastIndex
      return { kind: 'number', offset, value: numberOf(offset, number[1] as string, number[2] ?? '') }
    }
    throw new SyntaxMistake(offset, describeStray(script.charCodeAt(offset)))
  }

  #skipBlank(): void {
    const script = this.#script
    for (;;) {
      const code = script.charCodeAt(this.#at)
      if (code === 0x20 || code === 0x09 || code === 0x0a) this.#at++
      else if (code === 0x0d && script.charCodeAt(this.#at + 1) === 0x0a) this.#at += 2
      else if (code === 0x23) {
        const end = script.indexOf('\n', this.#at)
        const stop = end < 0 ? script.length : end + 1
        this.#refuseNul(this.#at, stop)
        this.#at = stop
      } else if (code === 0x2f && script.charCodeAt(this.#at + 1) === 0x2a) {
        const end = script.indexOf('*/', this.#at + 2)
        if (end < 0) throw new SyntaxMistake(this.#at, 'the comment that begins here does not end')
        this.#refuseNul(this.#at, end)
        this.#at = end + 2
      } else return
    }
  }

  #refuseNul(start: number, end: number): void {
    const nul = this.#script.indexOf('\0', start)
    if (nul >= 0 && nul < end) throw new SyntaxMistake(nul, 'a NUL octet is not allowed')
  }

  #quoted(): Octets {
    const script = this.#script
    const start = this.#at
    const pieces: string[] = []
    let length = 0
    let from = start + 1
    const take = (end: number): void => {
      pieces.push(script.slice(from, end))
      length += end - from
      if (length > STRING_BYTES_MAX) throw new SyntaxMistake(start, tooLong())
    }
    for (let at = from; at < script.length; at++) {
      const code = script.charCodeAt(at)
      if (code === 0x22) {
        take(at)
        this.#at = at + 1
        return pieces.join('')
      }
      if (code === 0x5c) {
        // §2.4.2: a backslash before anything else is as if it were not there.
        take(at)
        from = at + 1
        at++
        const next = script.charCodeAt(at)
        if (next === 0x0d || next === 0x0a) throw new SyntaxMistake(at - 1, 'a backslash must not end a line')
        if (next === 0) throw new SyntaxMistake(at, 'a NUL octet is not allowed')
      } else if (code === 0x0a) {
        if (script.charCodeAt(at - 1) === 0x0d && at - 1 >= from) continue
        take(at)
        pieces.push('\r')
        from = at
      } else if (code === 0x0d && script.charCodeAt(at + 1) !== 0x0a) {
        throw new SyntaxMistake(at, 'a carriage return must be followed by a line feed')
      } else if (code === 0) throw new SyntaxMistake(at, 'a NUL octet is not allowed')
    }
    throw new SyntaxMistake(start, 'the string that begins here does not end')
  }

  #multiLine(start: number): Octets {
    const script = this.#script
    const lines: string[] = []
    let length = 0
    for (;;) {
      const feed = script.indexOf('\n', this.#at)
      const end = feed < 0 ? script.length : feed
      let line = script.slice(this.#at, end)
      if (line.endsWith('\r')) line = line.slice(0, -1)
      if (line === '.') {
        this.#at = feed < 0 ? script.length : feed + 1
        return lines.join('')
      }
      if (feed < 0)
        throw new SyntaxMistake(start, 'the text that begins here does not end: a line with a period alone is missing')
      const stray = line.search(/[\r\0]/)
      if (stray >= 0) throw new SyntaxMistake(this.#at + stray, 'a carriage return or NUL octet is not allowed here')
      this.#at = feed + 1
      const value = line.startsWith('..') ? line.slice(1) : line
      lines.push(value, '\r\n')
      length += value.length + 2
      if (length > STRING_BYTES_MAX) throw new SyntaxMistake(start, tooLong())
    }
  }
}

function tooLong(): string {
  return `a string may have ${STRING_BYTES_MAX} bytes`
}

function numberOf(offset: number, digits: string, unit: string): number {
  const name = unit.toLowerCase()
  const factor = unit === '' ? 1 : Object.hasOwn(QUANTIFIERS, name) ? QUANTIFIERS[name] : undefined
  if (factor === undefined)
    throw new SyntaxMistake(offset, `${digits}${unit} is no number: K, M or G may follow the digits`)
  const value = Number(digits) * factor
  if (value > NUMBER_MAX) throw new SyntaxMistake(offset, 'the number is too large')
  return value
}

function describeStray(code: number): string {
  if (code > 0x20 && code < 0x7f) return `${String.fromCharCode(code)} has no meaning here`
  return code >= 0x80
    ? 'letters other than ASCII may stand in strings and comments only'
    : 'a control character is not allowed here'
}
