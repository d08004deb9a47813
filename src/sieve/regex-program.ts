// A regular expression as the instructions of a machine that has all its states at once (Thompson, Pike): no backtracking, so that the work is at most
// the length of the text times that of the program, whatever either is.

import type { Octets } from '#message/part.ts'
import { REGEX_PROGRAM_MAX } from './limits.ts'
import { toTextOrNull } from './octets.ts'
import { type Range, RegexMistake, type RegexNode, parseRegex } from './regex-syntax.ts'

/** Characters, ASCII by a bit each. */
export interface CharacterSet {
  readonly ascii: Uint8Array
  /** Beyond ASCII; sorted, none touching another. */
  readonly ranges: readonly Range[]
  readonly isNegated: boolean
}

export type RegexInstruction =
  | { readonly op: 'set'; readonly set: CharacterSet }
  | { readonly op: 'lineStart' | 'lineEnd' | 'match' }
  /** `first` is preferred. */
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }

export interface RegexProgram {
  readonly instructions: readonly RegexInstruction[]
  /** Positions that a match has: where it begins and ends, and each of its groups. */
  readonly slots: number
  /** Which characters of ASCII a match can begin with; null if it can also begin with none. Others are always looked at. */
  readonly first: Uint8Array | null
}

const ASCII_SIZE = 0x80
const CR = 0x0d
const LF = 0x0a

/** Of a key. Throws RegexMistake. */
export function compilePatternOf(key: Octets, foldCase: boolean): RegexProgram {
  const pattern = toTextOrNull(key)
  if (pattern === null) throw new RegexMistake('it is not UTF-8')
  return compileRegex(pattern, foldCase)
}

/** Throws RegexMistake. `foldCase`: letters of ASCII are the same in either case. */
export function compileRegex(pattern: string, foldCase: boolean): RegexProgram {
  const { node, groups } = parseRegex(pattern)
  const assembler = new Assembler(foldCase)
  assembler.add({ kind: 'group', index: 0, node })
  assembler.emit({ op: 'match' })
  const { instructions } = assembler
  return { instructions, slots: 2 * (groups + 1), first: firstCharacters(instructions) }
}

class Assembler {
  readonly instructions: RegexInstruction[] = []
  readonly #foldCase: boolean

  constructor(foldCase: boolean) {
    this.#foldCase = foldCase
  }

  emit(instruction: RegexInstruction): number {
    if (this.instructions.length >= REGEX_PROGRAM_MAX) throw new RegexMistake('it is too long')
    return this.instructions.push(instruction) - 1
  }

  add(node: RegexNode): void {
    switch (node.kind) {
      case 'set':
        this.emit({ op: 'set', set: characterSet(node.ranges, node.isNegated, this.#foldCase) })
        return
      case 'any':
        this.emit({ op: 'set', set: characterSet([], true, false) })
        return
      case 'lineStart':
      case 'lineEnd':
        this.emit({ op: node.kind })
        return
      case 'group':
        this.emit({ op: 'save', slot: 2 * node.index })
        this.add(node.node)
        this.emit({ op: 'save', slot: 2 * node.index + 1 })
        return
      case 'sequence':
        for (const each of node.nodes) this.add(each)
        return
      case 'alternatives':
        return this.#alternatives(node.nodes)
      case 'repeat':
        for (let count = 0; count < node.min; count++) this.add(node.node)
        if (node.max === Infinity) this.#star(node.node)
        else this.#optional(node.node, node.max - node.min)
    }
  }

  #split(): Extract<RegexInstruction, { op: 'split' }> {
    const split = { op: 'split' as const, first: this.instructions.length + 1, second: 0 }
    this.emit(split)
    return split
  }

  #alternatives(nodes: readonly RegexNode[]): void {
    const ends: Extract<RegexInstruction, { op: 'jump' }>[] = []
    for (const [at, node] of nodes.entries()) {
      if (at === nodes.length - 1) {
        this.add(node)
        break
      }
      const split = this.#split()
      this.add(node)
      const end = { op: 'jump' as const, to: 0 }
      this.emit(end)
      ends.push(end)
      split.second = this.instructions.length
    }
    for (const end of ends) end.to = this.instructions.length
  }

  #star(node: RegexNode): void {
    const at = this.instructions.length
    const split = this.#split()
    this.add(node)
    this.emit({ op: 'jump', to: at })
    split.second = this.instructions.length
  }

  /** At most so many. */
  #optional(node: RegexNode, count: number): void {
    const splits = Array.from({ length: count }, () => {
      const split = this.#split()
      this.add(node)
      return split
    })
    for (const split of splits) split.second = this.instructions.length
  }
}

/** What is negated has no line ends. */
function characterSet(ranges: readonly Range[], isNegated: boolean, foldCase: boolean): CharacterSet {
  const ascii = new Uint8Array(ASCII_SIZE)
  const beyond: [number, number][] = []
  for (const [from, to] of ranges) {
    for (let code = from; code <= Math.min(to, ASCII_SIZE - 1); code++) ascii[code] = 1
    if (to >= ASCII_SIZE) beyond.push([Math.max(from, ASCII_SIZE), to])
  }
  if (foldCase) {
    for (let code = 0x41; code <= 0x5a; code++) {
      const isIn = ascii[code] === 1 || ascii[code + 0x20] === 1
      if (isIn) ascii[code] = ascii[code + 0x20] = 1
    }
  }
  if (isNegated) {
    for (let code = 0; code < ASCII_SIZE; code++) ascii[code] = ascii[code] === 1 || code === CR || code === LF ? 0 : 1
  }
  beyond.sort(([a], [b]) => a - b)
  const merged: [number, number][] = []
  for (const [from, to] of beyond) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return { ascii, ranges: merged, isNegated }
}

export function hasCharacter({ ascii, ranges, isNegated }: CharacterSet, code: number): boolean {
  if (code < ASCII_SIZE) return ascii[code] === 1
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const [from, to] = ranges[middle] as Range
    if (code < from) high = middle
    else if (code > to) low = middle + 1
    else return !isNegated
  }
  return isNegated
}

function firstCharacters(instructions: readonly RegexInstruction[]): Uint8Array | null {
  const first = new Uint8Array(ASCII_SIZE)
  const seen = new Set<number>()
  const open = [0]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue
    seen.add(at)
    const instruction = instructions[at] as RegexInstruction
    switch (instruction.op) {
      case 'match':
        return null
      case 'set':
        for (let code = 0; code < ASCII_SIZE; code++) if (instruction.set.ascii[code] === 1) first[code] = 1
        break
      case 'split':
        open.push(instruction.first, instruction.second)
        break
      case 'jump':
        open.push(instruction.to)
        break
      case 'save':
      case 'lineStart':
      case 'lineEnd':
        open.push(at + 1)
    }
  }
  return first
}
