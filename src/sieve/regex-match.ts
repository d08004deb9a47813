// Looks for a regular expression in a text: the match that begins first, and of those the longest (IEEE 1003.1 §9.1). Where groups can be filled in
// several ways, repetitions take as much as they can and alternatives are tried in order.
//
// All states are followed at once (Pike's machine), a character at a time; a character is one of UTF-8, and an octet that is no part of one is a
// character of its own, which only negated sets and the period match.

import type { Octets } from '#message/part.ts'
import { type RegexInstruction, type RegexProgram, hasCharacter } from './regex-program.ts'
import type { WorkMeter } from './work-meter.ts'

/** Of the machine's steps, in octets compared. */
const STEP_WORK = 24
const STEPS_PER_COUNT = 256

/** Beyond Unicode: octets that are no UTF-8. */
const STRAY = 0x110000

const CR = 0x0d
const LF = 0x0a

/** States, in the order of preference, each once, with the positions that it has come by. */
class States {
  readonly at: Int32Array
  readonly positions: (Int32Array | null)[]
  readonly #seen: Int32Array
  #round = 0
  count = 0

  constructor(size: number) {
    this.at = new Int32Array(size)
    this.positions = Array.from({ length: size }, () => null)
    this.#seen = new Int32Array(size)
  }

  clear(): void {
    this.count = 0
    this.#round++
  }

  /** False: it is there. */
  visit(at: number): boolean {
    if (this.#seen[at] === this.#round) return false
    this.#seen[at] = this.#round
    return true
  }

  push(at: number, positions: Int32Array): void {
    this.at[this.count] = at
    this.positions[this.count++] = positions
  }
}

/** Where the match and its groups begin and end in the text, -1 for groups that have no part in it; null if there is none. */
export function matchRegex(program: RegexProgram, text: Octets, meter: WorkMeter): Int32Array | null {
  return new Machine(program, text, meter).run()
}

class Machine {
  readonly #program: RegexProgram
  readonly #text: Octets
  readonly #meter: WorkMeter
  #now: States
  #next: States
  #found: Int32Array | null = null
  #steps = 0
  readonly #open: (number | Int32Array)[] = []

  constructor(program: RegexProgram, text: Octets, meter: WorkMeter) {
    this.#program = program
    this.#text = text
    this.#meter = meter
    this.#now = new States(program.instructions.length)
    this.#next = new States(program.instructions.length)
    this.#now.clear()
    this.#next.clear()
  }

  run(): Int32Array | null {
    const { slots, first } = this.#program
    const text = this.#text
    for (let at = 0; ;) {
      if (this.#found === null) {
        if (this.#now.count === 0 && first !== null) {
          const from = at
          while (at < text.length && first[text.charCodeAt(at)] === 0) at++
          this.#meter.work(at - from)
        }
        // One that begins later is preferred less.
        this.#follow(this.#now, 0, at, new Int32Array(slots).fill(-1))
      }
      if (this.#now.count === 0 && (this.#found !== null || at >= text.length)) break
      const size = at < text.length ? characterSize(text, at) : 0
      this.#step(at, size)
      if (size === 0) break
      at += size
    }
    this.#meter.work(STEP_WORK * (this.#steps % STEPS_PER_COUNT))
    return this.#found
  }

  /** All states by the character at `at`. */
  #step(at: number, size: number): void {
    const { instructions } = this.#program
    const now = this.#now
    const next = this.#next
    const code = size === 0 ? -1 : characterAt(this.#text, at, size)
    next.clear()
    for (let index = 0; index < now.count; index++) {
      this.#count()
      const positions = now.positions[index] as Int32Array
      const best = this.#found
      // Whatever begins behind a match is none any more.
      if (best !== null && (positions[0] as number) > (best[0] as number)) break
      const state = now.at[index] as number
      const instruction = instructions[state] as RegexInstruction
      if (instruction.op === 'match') {
        if (best === null || (positions[1] as number) > (best[1] as number)) this.#found = positions
      } else if (instruction.op === 'set' && code >= 0 && hasCharacter(instruction.set, code)) {
        this.#follow(next, state + 1, at + size, positions)
      }
    }
    this.#now = next
    this.#next = now
  }

  /** Adds what can be reached without a character. Not by recursion: programs are long. */
  #follow(states: States, start: number, at: number, given: Int32Array): void {
    const { instructions } = this.#program
    const open = this.#open
    open.push(start, given)
    while (open.length > 0) {
      const positions = open.pop() as Int32Array
      const state = open.pop() as number
      if (!states.visit(state)) continue
      this.#count()
      const instruction = instructions[state] as RegexInstruction
      switch (instruction.op) {
        case 'jump':
          open.push(instruction.to, positions)
          break
        case 'split':
          open.push(instruction.second, positions, instruction.first, positions)
          break
        case 'save': {
          const saved = positions.slice()
          saved[instruction.slot] = at
          open.push(state + 1, saved)
          break
        }
        case 'lineStart':
          if (isLineStart(this.#text, at)) open.push(state + 1, positions)
          break
        case 'lineEnd':
          if (isLineEnd(this.#text, at)) open.push(state + 1, positions)
          break
        case 'set':
        case 'match':
          states.push(state, positions)
      }
    }
  }

  #count(): void {
    if (++this.#steps % STEPS_PER_COUNT === 0) this.#meter.work(STEP_WORK * STEPS_PER_COUNT)
  }
}

function isLineStart(text: Octets, at: number): boolean {
  return at === 0 || text.charCodeAt(at - 1) === LF
}

function isLineEnd(text: Octets, at: number): boolean {
  if (at === text.length) return true
  const code = text.charCodeAt(at)
  return code === LF ? at === 0 || text.charCodeAt(at - 1) !== CR : code === CR && text.charCodeAt(at + 1) === LF
}

/** Octets of the character; 1 for an octet that begins none. */
function characterSize(text: Octets, at: number): number {
  const lead = text.charCodeAt(at)
  const size = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1
  for (let index = 1; index < size; index++) if ((text.charCodeAt(at + index) & 0xc0) !== 0x80) return 1
  return size
}

function characterAt(text: Octets, at: number, size: number): number {
  const lead = text.charCodeAt(at)
  if (size === 1) return lead < 0x80 ? lead : STRAY + lead
  let code = lead & (0x7f >> size)
  for (let index = 1; index < size; index++) code = (code << 6) | (text.charCodeAt(at + index) & 0x3f)
  return code
}
