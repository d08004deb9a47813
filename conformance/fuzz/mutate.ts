// Inputs from inputs: commands as clients write them (those of the conformance cases), changed in ways that the grammar makes likely to matter.

import type { Random } from '../../sim/random.ts'
import { cases } from '../cases/all.ts'
import { messages } from '../messages.ts'
import { parseScript } from '../script.ts'
import { substitute } from '../values.ts'

const INPUT_BYTES_MAX = 2_000
const NUMBERS = ['0', '1', '9', '999', '1001', '65536', '65537', '4294967295', '4294967296', '9007199254740993', '18446744073709551616', '99999999999999999999', '-1', '01'] // prettier-ignore
const MARKS = [' ', '(', ')', '"', '\\', '{', '}', '{3}\r\n', '{3+}\r\nabc', '{0}\r\n', '~{2}\r\n', '{99999}\r\n', '*', ':', ',', '%', '$', '[', ']', '<', '>', '\r', '\n', '\r\n', '\0', '\xff', 'NIL', 'UID ', '.SILENT', '.PEEK', '+', '-', '&', '&AOQ-', '='] // prettier-ignore

/** What is sent in the cases, a command or more each; invalid ones, too. */
export function firstInputs(): readonly Buffer[] {
  const bindings = new Map<string, string>(Object.entries(messages))
  for (const name of ['u1', 'u2', 'u3', 'u4', 'validity']) bindings.set(name, '7')
  const said = cases.flatMap(({ script }) => parseScript(script).flatMap((step) => step.said))
  const lines = new Set(said.map((line) => `${substitute(line, bindings)}\r\n`))
  return [...lines].filter((line) => line.length <= INPUT_BYTES_MAX).map((line) => Buffer.from(line, 'latin1'))
}

/** Words of all inputs, to be put where other words were. */
export function wordsOf(inputs: readonly Buffer[]): readonly string[] {
  return [...new Set(inputs.flatMap((input) => input.toString('latin1').match(/[A-Za-z0-9\\$.&/+-]+|[()[\]]/g) ?? []))]
}

export class Mutator {
  readonly #random: Random
  readonly #words: readonly string[]

  constructor(random: Random, words: readonly string[]) {
    this.#random = random
    this.#words = words
  }

  next(corpus: readonly Buffer[]): Buffer {
    const random = this.#random
    let text = random.pick(corpus).toString('latin1')
    for (let left = 1 + random.below(5); left > 0; left--) text = this.#change(text, corpus)
    return Buffer.from(text.slice(0, INPUT_BYTES_MAX), 'latin1')
  }

  #change(text: string, corpus: readonly Buffer[]): string {
    const random = this.#random
    const at = random.below(text.length + 1)
    const end = Math.min(text.length, at + 1 + random.below(12))
    switch (random.below(11)) {
      case 0:
        return text.slice(0, at) + random.pick(MARKS) + text.slice(at)
      case 1:
        return text.slice(0, at) + text.slice(end)
      case 2:
        return text.slice(0, end) + text.slice(at)
      case 3:
        return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1)
      case 4:
        return this.#replaced(text, /[A-Za-z\\$.]+/g, () => random.pick(this.#words))
      case 5:
        return this.#replaced(text, /\d+/g, () => random.pick(NUMBERS))
      case 6:
        return this.#replaced(text, /"[^"\r\n]*"|[A-Za-z0-9/]+/g, (word) => this.#literal(word))
      case 7: {
        const other = random.pick(corpus).toString('latin1')
        return text.slice(0, at) + other.slice(random.below(other.length + 1))
      }
      case 8:
        return `${text.slice(0, at)} ${random.pick(this.#words)}${text.slice(at)}`
      case 9:
        return text + random.pick(corpus).toString('latin1')
      default:
        return `${text.slice(0, at)}(${text.slice(at, end)})${text.slice(end)}`
    }
  }

  #replaced(text: string, pattern: RegExp, by: (word: string) => string): string {
    const found = [...text.matchAll(pattern)]
    if (found.length === 0) return text
    const { index, 0: word } = this.#random.pick(found)
    return text.slice(0, index) + by(word) + text.slice(index + word.length)
  }

  /** The same as a literal, of the right length or not. */
  #literal(word: string): string {
    const random = this.#random
    const content = word.startsWith('"') ? word.slice(1, -1) : word
    const size = random.chance(0.9) ? content.length : random.below(content.length + 3)
    return `${random.chance(0.1) ? '~' : ''}{${size}${random.chance(0.7) ? '+' : ''}}\r\n${content}`
  }
}
