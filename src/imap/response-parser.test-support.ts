// A strict parser of server responses (RFC 9051 §9), independent of the engine's own writing of them.

import assert from 'node:assert/strict'

/** NIL is null; atoms and numbers are strings; strings and literals are bytes. */
export type Value = null | string | Buffer | Value[]

export interface ParsedFetch {
  readonly number: number
  readonly items: ReadonlyMap<string, Value>
}

class Reader {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length
  }

  expect(text: string): void {
    const found = this.#bytes.toString('latin1', this.at, this.at + text.length)
    assert.equal(found, text, `at byte ${this.at}`)
    this.at += text.length
  }

  peek(): string {
    return String.fromCharCode(this.#bytes[this.at] ?? 0)
  }

  until(stop: RegExp): string {
    const start = this.at
    while (!this.isAtEnd && !stop.test(this.peek())) this.at++
    return this.#bytes.toString('latin1', start, this.at)
  }

  /** A FETCH item's name, with its section. */
  itemName(): string {
    const name = this.until(/[ [(]/)
    if (this.peek() !== '[') return name
    const section = this.until(/\]/)
    this.expect(']')
    return `${name}${section}]${this.until(/ /)}`
  }

  value(): Value {
    const next = this.peek()
    if (next === '(') return this.list()
    if (next === '"') return this.quoted()
    if (next === '{' || next === '~') return this.literal()
    const atom = this.until(/[ ()\r]/)
    assert.match(atom, /^[!#$&'*+,\-./0-9:;<=>?@A-Z[\\\]^_`a-z|}~]+$/)
    return atom === 'NIL' ? null : atom
  }

  list(): Value[] {
    this.expect('(')
    const values: Value[] = []
    while (this.peek() !== ')') {
      // Only the bodies of a multipart, and addresses, follow each other without a space.
      if (values.length > 0 && this.peek() !== '(') this.expect(' ')
      values.push(this.value())
    }
    this.expect(')')
    return values
  }

  quoted(): Buffer {
    this.expect('"')
    const bytes: number[] = []
    for (; this.peek() !== '"'; this.at++) {
      if (this.peek() === '\\') this.at++
      const byte = this.#bytes[this.at] as number
      assert(
        byte !== undefined && byte !== 0x0d && byte !== 0x0a && byte !== 0 && byte < 0x80,
        'a character of a quoted string',
      )
      bytes.push(byte)
    }
    this.expect('"')
    return Buffer.from(bytes)
  }

  literal(): Buffer {
    if (this.peek() === '~') this.at++
    this.expect('{')
    const size = Number(this.until(/\}/))
    this.expect('}\r\n')
    assert(this.at + size <= this.#bytes.length)
    this.at += size
    return this.#bytes.subarray(this.at - size, this.at)
  }
}

/** All FETCH responses; the last line must be a tagged one. */
export function parseFetches(response: Buffer): ParsedFetch[] {
  const reader = new Reader(response)
  const fetches: ParsedFetch[] = []
  while (reader.peek() === '*') {
    reader.expect('* ')
    const number = Number(reader.until(/ /))
    reader.expect(' FETCH (')
    const items = new Map<string, Value>()
    while (reader.peek() !== ')') {
      if (items.size > 0) reader.expect(' ')
      const name = reader.itemName()
      reader.expect(' ')
      items.set(name, reader.value())
    }
    reader.expect(')\r\n')
    fetches.push({ number, items })
  }
  assert.match(reader.until(/\n/), /^\S+ OK /)
  return fetches
}
