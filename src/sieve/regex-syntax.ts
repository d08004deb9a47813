// Extended regular expressions (IEEE 1003.1 §9.4; draft-ietf-sieve-regex-01 §6), read into a tree.
//
// Characters are Unicode's; classes as `[:alpha:]` are those of ASCII. What the standard leaves undefined is a mistake and not a guess: a backslash before a
// letter or digit, a repetition of nothing or of a repetition, a brace that begins none. Empty alternatives and groups match nothing.

import { MATCH_VARIABLES_MAX, REGEX_DEPTH_MAX, REGEX_REPEAT_MAX } from './limits.ts'

/** Code points from and to, both in it. */
export type Range = readonly [from: number, to: number]

export type RegexNode =
  | { readonly kind: 'set'; readonly ranges: readonly Range[]; readonly isNegated: boolean }
  /** Any character that ends no line. */
  | { readonly kind: 'any' }
  | { readonly kind: 'lineStart' | 'lineEnd' }
  | { readonly kind: 'group'; readonly index: number; readonly node: RegexNode }
  | { readonly kind: 'sequence' | 'alternatives'; readonly nodes: readonly RegexNode[] }
  /** `max`: Infinity for no end. */
  | { readonly kind: 'repeat'; readonly node: RegexNode; readonly min: number; readonly max: number }

/** Thrown within this folder only. */
export class RegexMistake extends Error {}

const CLASSES: Readonly<Record<string, readonly Range[]>> = {
  alnum: [[0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a]],
  alpha: [[0x41, 0x5a], [0x61, 0x7a]],
  blank: [[0x09, 0x09], [0x20, 0x20]],
  cntrl: [[0x00, 0x1f], [0x7f, 0x7f]],
  digit: [[0x30, 0x39]],
  graph: [[0x21, 0x7e]],
  lower: [[0x61, 0x7a]],
  print: [[0x20, 0x7e]],
  punct: [[0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e]],
  space: [[0x09, 0x0d], [0x20, 0x20]],
  upper: [[0x41, 0x5a]],
  xdigit: [[0x30, 0x39], [0x41, 0x46], [0x61, 0x66]],
} // prettier-ignore

const BOUND = /\{([0-9]{1,5})(,([0-9]{1,5})?)?\}/y

export interface ParsedRegex {
  readonly node: RegexNode
  readonly groups: number
}

/** Throws RegexMistake. */
export function parseRegex(pattern: string): ParsedRegex {
  const parser = new RegexParser(Array.from(pattern))
  const node = parser.alternatives(0)
  parser.expectEnd()
  return { node, groups: parser.groups }
}

class RegexParser {
  groups = 0
  readonly #chars: readonly string[]
  #at = 0

  constructor(chars: readonly string[]) {
    this.#chars = chars
  }

  expectEnd(): void {
    if (this.#at < this.#chars.length) throw new RegexMistake('a parenthesis is closed that was not opened')
  }

  #peek(): string {
    return this.#chars[this.#at] ?? ''
  }

  #take(): string {
    return this.#chars[this.#at++] ?? ''
  }

  alternatives(depth: number): RegexNode {
    if (depth > REGEX_DEPTH_MAX) throw new RegexMistake('parentheses are nested too deep')
    const nodes = [this.#sequence(depth)]
    while (this.#peek() === '|') {
      this.#at++
      nodes.push(this.#sequence(depth))
    }
    return nodes.length === 1 ? (nodes[0] as RegexNode) : { kind: 'alternatives', nodes }
  }

  #sequence(depth: number): RegexNode {
    const nodes: RegexNode[] = []
    for (;;) {
      const char = this.#peek()
      if (char === '' || char === '|' || char === ')') break
      nodes.push(this.#repeated(depth))
    }
    return { kind: 'sequence', nodes }
  }

  #repeated(depth: number): RegexNode {
    const node = this.#atom(depth)
    const bound = this.#repetition()
    if (bound === null) return node
    if (node.kind === 'lineStart' || node.kind === 'lineEnd') throw new RegexMistake('a position cannot be repeated')
    if (/^[*+?{]$/.test(this.#peek())) throw new RegexMistake('a repetition cannot be repeated: use parentheses')
    return { kind: 'repeat', node, min: bound[0], max: bound[1] }
  }

  /** Null: there is none. */
  #repetition(): readonly [min: number, max: number] | null {
    switch (this.#peek()) {
      case '*':
        this.#at++
        return [0, Infinity]
      case '+':
        this.#at++
        return [1, Infinity]
      case '?':
        this.#at++
        return [0, 1]
      case '{':
        return this.#bound()
      default:
        return null
    }
  }

  #bound(): readonly [min: number, max: number] {
    BOUND.lastIndex = 0
    const found = BOUND.exec(this.#chars.slice(this.#at, this.#at + 13).join(''))
    if (found === null)
      throw new RegexMistake('a brace must begin a repetition as {2}, {2,} or {2,3}, or have a backslash before it')
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] === undefined ? Infinity : Number(found[3])
    if (min > max) throw new RegexMistake('a repetition has more at least than at most')
    if (min > REGEX_REPEAT_MAX || (max > REGEX_REPEAT_MAX && max !== Infinity))
      throw new RegexMistake(`something may be repeated ${REGEX_REPEAT_MAX} times`)
    this.#at += found[0].length
    return [min, max]
  }

  #atom(depth: number): RegexNode {
    const char = this.#take()
    switch (char) {
      case '(':
        return this.#group(depth)
      case '[':
        return this.#bracket()
      case '.':
        return { kind: 'any' }
      case '^':
        return { kind: 'lineStart' }
      case '$':
        return { kind: 'lineEnd' }
      case '*':
      case '+':
      case '?':
      case '{':
        throw new RegexMistake(`there is nothing before "${char}" that could be repeated`)
      case '\\':
        return this.#escaped()
      default:
        return literal(char)
    }
  }

  #group(depth: number): RegexNode {
    const index = ++this.groups
    if (index > MATCH_VARIABLES_MAX) throw new RegexMistake(`there may be ${MATCH_VARIABLES_MAX} groups`)
    const node = this.alternatives(depth + 1)
    if (this.#take() !== ')') throw new RegexMistake('a parenthesis is not closed')
    return { kind: 'group', index, node }
  }

  #escaped(): RegexNode {
    const char = this.#take()
    if (char === '') throw new RegexMistake('a backslash must not be the last')
    if (/^[A-Za-z0-9]$/.test(char)) throw new RegexMistake(`a backslash before "${char}" has no meaning`)
    return literal(char)
  }

  /** §9.3.5. A backslash is one of the characters. */
  #bracket(): RegexNode {
    const isNegated = this.#peek() === '^'
    if (isNegated) this.#at++
    const ranges: Range[] = []
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) {
      const named = this.#namedClass()
      if (named !== null) {
        ranges.push(...named)
        continue
      }
      const from = this.#bracketCharacter()
      if (this.#peek() !== '-' || this.#chars[this.#at + 1] === ']') {
        ranges.push([from, from])
        continue
      }
      this.#at++
      const to = this.#bracketCharacter()
      if (to < from) throw new RegexMistake('a range in brackets ends before it begins')
      ranges.push([from, to])
    }
    this.#at++
    return { kind: 'set', ranges, isNegated }
  }

  #namedClass(): readonly Range[] | null {
    if (this.#peek() !== '[' || this.#chars[this.#at + 1] !== ':') return null
    const name = this.#until(':')
    const found = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined
    if (found === undefined) throw new RegexMistake(`there is no class of characters "${name.slice(0, 20)}"`)
    return found
  }

  #bracketCharacter(): number {
    const kind = this.#chars[this.#at + 1]
    let char: string
    if (this.#peek() === '[' && (kind === '.' || kind === '=')) {
      char = this.#until(kind)
      // No names of characters: those of a locale would have to be known.
      if (Array.from(char).length !== 1) throw new RegexMistake('a collating element must be one character')
    } else char = this.#take()
    if (char === '') throw new RegexMistake('a bracket is not closed')
    return char.codePointAt(0) as number
  }

  /** What stands in `[:…:]`. */
  #until(kind: string): string {
    this.#at += 2
    let text = ''
    while (!(this.#peek() === kind && this.#chars[this.#at + 1] === ']')) {
      const char = this.#take()
      if (char === '') throw new RegexMistake('a bracket is not closed')
      text += char
    }
    this.#at += 2
    return text
  }
}

function literal(char: string): RegexNode {
  const code = char.codePointAt(0) as number
  return { kind: 'set', ranges: [[code, code]], isNegated: false }
}
