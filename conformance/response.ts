// Responses of a server, read by the formal syntax (RFC 9051 §9), as values that can be compared. Strict where a client would stumble: what cannot be
// read is a failure of the server, not of the suite.

/** An atom, number or flag. NIL is null, a string is its bytes (one character each), whether quoted or literal. */
export interface Atom {
  readonly atom: string
}
export type Value = null | string | Atom | readonly Value[]

export interface Response {
  /** `*`, `+`, or the tag. */
  readonly tag: string
  /** `OK`, `NO`, `BAD`, `BYE`, `PREAUTH`, with code and without text; null for data. */
  readonly status: string | null
  readonly code: readonly Value[] | null
  /** Of data: everything behind `* `. */
  readonly values: readonly Value[]
  /** As it came, for messages. */
  readonly raw: string
}

const STATUSES = /^(OK|NO|BAD|BYE|PREAUTH)(?:\|(?:OK|NO|BAD))*$/i

export class SyntaxProblem extends Error {
  override name = 'SyntaxProblem'
}

/** `isPattern`: of a script, where `\r` and `\n` in a quoted string are those characters, and text behind a status is not needed. */
export function parseResponse(raw: string, isPattern = false): Response {
  const reader = new Reader(raw, isPattern)
  const tag = reader.until(' ')
  if (tag === '') throw new SyntaxProblem('a response begins with a space')
  reader.skip(' ')
  if (tag === '+') return { tag, status: null, code: null, values: [], raw }
  const start = reader.at
  const word = reader.until(' ')
  if (!STATUSES.test(word)) {
    if (tag !== '*') throw new SyntaxProblem(`a tagged response without OK, NO or BAD: ${raw.slice(0, 80)}`)
    reader.at = start
    return { tag, status: null, code: null, values: reader.values(''), raw }
  }
  if (!isPattern && reader.peek() !== ' ') throw new SyntaxProblem(`no space behind ${word}`)
  reader.skip(' ')
  const code = reader.peek() === '[' ? reader.code() : null
  return { tag, status: word.toUpperCase(), code, values: [], raw }
}

class Reader {
  readonly #text: string
  readonly #isPattern: boolean
  at = 0

  constructor(text: string, isPattern: boolean) {
    this.#text = text
    this.#isPattern = isPattern
  }

  peek(): string {
    return this.#text[this.at] ?? ''
  }

  skip(text: string): void {
    if (this.#text.startsWith(text, this.at)) this.at += text.length
  }

  until(stop: string): string {
    const start = this.at
    while (this.at < this.#text.length && !stop.includes(this.peek())) this.at++
    return this.#text.slice(start, this.at)
  }

  code(): readonly Value[] {
    this.at++
    const values = this.values(']')
    this.at++
    return values
  }

  /** Up to `close`, which is left. */
  values(close: string): readonly Value[] {
    const values: Value[] = []
    while (this.peek() !== close) {
      if (this.at >= this.#text.length) throw new SyntaxProblem(`${close} is missing`)
      if (this.peek() === ' ') {
        this.at++
        continue
      }
      values.push(this.#value(close))
    }
    return values
  }

  #value(close: string): Value {
    const next = this.peek()
    if (next === '(') {
      this.at++
      const items = this.values(')')
      this.at++
      return items
    }
    if (next === '"') return this.#quoted()
    if (next === '{' || this.#text.startsWith('~{', this.at)) return this.#literal()
    const atom = this.#atom(close)
    if (atom === '') throw new SyntaxProblem(`not a value: ${this.#text.slice(this.at, this.at + 20)}`)
    return atom.toUpperCase() === 'NIL' ? null : { atom }
  }

  /** With a section in brackets, in which there are spaces and lists. */
  #atom(close: string): string {
    let atom = this.until(` ()"[${close}`)
    if (this.peek() === '[' && atom !== '') {
      const section = this.until(']')
      this.at++
      atom += `${section.replaceAll('"', '').toUpperCase()}]${this.until(` ()"${close}`)}`
    }
    return atom
  }

  #quoted(): string {
    this.at++
    let text = ''
    for (; this.peek() !== '"'; this.at++) {
      if (this.peek() === '\\') {
        this.at++
        const escaped = this.peek()
        if (this.#isPattern && (escaped === 'r' || escaped === 'n')) {
          text += escaped === 'r' ? '\r' : '\n'
          continue
        }
        if (escaped !== '"' && escaped !== '\\') throw new SyntaxProblem('only " and \\ are escaped in a quoted string')
      }
      if (this.peek() === '' || '\r\n\0'.includes(this.peek())) throw new SyntaxProblem('a quoted string without end')
      text += this.peek()
    }
    this.at++
    return text
  }

  #literal(): string {
    const [head = '', size = ''] = /^~?\{(\d+)\}\r\n/.exec(this.#text.slice(this.at, this.at + 30)) ?? []
    if (head === '') throw new SyntaxProblem('not a literal')
    const start = this.at + head.length
    this.at = start + Number(size)
    if (this.at > this.#text.length) throw new SyntaxProblem('a literal without end')
    return this.#text.slice(start, this.at)
  }
}

/** The first whole response in `input`, without its CRLF, literals included; null if it has not come whole. */
export function firstResponse(input: Buffer): Buffer | null {
  let at = 0
  for (;;) {
    const end = input.indexOf('\r\n', at)
    if (end < 0) return null
    const size = /\{(\d+)\}$/.exec(input.toString('latin1', Math.max(at, end - 20), end))?.[1]
    if (size === undefined) return input.subarray(0, end)
    at = end + 2 + Number(size)
    if (at > input.length) return null
  }
}
