// Reads a script into commands (RFC 5228 §8.2). Never throws. After a mistake it goes on behind the command that has it, so that one reading tells
// several; what the lexer cannot read ends it.

import type { Octets } from '#message/part.ts'
import type { Misplaced } from './issue.ts'
import { Lexer, SyntaxMistake, type Token } from './lexer.ts'
import { ISSUES_MAX, LIST_LENGTH_MAX, NESTING_MAX, NODES_MAX, SCRIPT_BYTES_MAX } from './limits.ts'
import type { Argument, CommandNode, StringNode, TestNode } from './syntax.ts'

export interface Parsed {
  readonly commands: readonly CommandNode[]
  readonly mistakes: readonly Misplaced[]
}

export function parseScript(script: Octets): Parsed {
  if (script.length > SCRIPT_BYTES_MAX) {
    return { commands: [], mistakes: [{ offset: 0, text: `a script may have ${SCRIPT_BYTES_MAX} bytes` }] }
  }
  const parser = new Parser(script)
  return { commands: parser.script(), mistakes: parser.mistakes }
}

const NAMES: Readonly<Record<string, string>> = {
  identifier: 'a name',
  tag: 'a tag',
  number: 'a number',
  string: 'a string',
  end: 'the end',
}

function nameOf(token: Token): string {
  return NAMES[token.kind] ?? `"${token.kind}"`
}

/** Nothing behind it can be read. */
class Abandoned extends Error {}

class Parser {
  readonly mistakes: Misplaced[] = []
  readonly #lexer: Lexer
  #token: Token = { kind: 'end', offset: 0 }
  #nodes = 0

  constructor(script: Octets) {
    this.#lexer = new Lexer(script)
  }

  script(): CommandNode[] {
    const commands: CommandNode[] = []
    try {
      this.#advance()
      this.#commands(commands, 0)
    } catch (error) {
      if (!(error instanceof Abandoned)) throw error
    }
    return commands
  }

  #advance(): void {
    try {
      this.#token = this.#lexer.next()
    } catch (error) {
      if (!(error instanceof SyntaxMistake)) throw error
      this.mistakes.push(error.at)
      throw new Abandoned()
    }
  }

  #is(kind: Token['kind']): boolean {
    return this.#token.kind === kind
  }

  #mistake(text: string, offset = this.#token.offset): SyntaxMistake {
    return new SyntaxMistake(offset, text)
  }

  /** Reads up to the end of the block, or of the script. */
  #commands(into: CommandNode[], depth: number): void {
    for (;;) {
      const { kind } = this.#token
      if (kind === 'end') return
      if (kind === '}' && depth > 0) return
      try {
        into.push(this.#command(depth))
      } catch (error) {
        if (!(error instanceof SyntaxMistake)) throw error
        this.mistakes.push(error.at)
        if (this.mistakes.length >= ISSUES_MAX || this.#nodes > NODES_MAX) throw new Abandoned()
        this.#recover(depth)
      }
    }
  }

  /** Goes on behind the next semicolon or block, or before what ends this block. */
  #recover(depth: number): void {
    let open = 0
    for (;;) {
      const { kind } = this.#token
      if (kind === 'end' || (kind === '}' && open === 0 && depth > 0)) return
      this.#advance()
      if (kind === '{') open++
      else if (kind === '}' && --open <= 0) return
      else if (kind === ';' && open === 0) return
    }
  }

  #count(): void {
    if (++this.#nodes > NODES_MAX) throw this.#mistake(`a script may have ${NODES_MAX} commands and tests`)
  }

  #command(depth: number): CommandNode {
    this.#count()
    const token = this.#token
    if (token.kind !== 'identifier') throw this.#mistake(`a command is expected, and not ${nameOf(token)}`)
    this.#advance()
    const args = this.#arguments()
    const { tests, isTestList } = this.#tests(0)
    const node = { offset: token.offset, name: token.name, arguments: args, tests, isTestList }
    if (this.#is(';')) {
      this.#advance()
      return { ...node, block: null }
    }
    if (!this.#is('{')) {
      throw this.#mistake(`";" is missing after "${token.name}"`)
    }
    if (depth >= NESTING_MAX) throw this.#mistake(`blocks may be nested ${NESTING_MAX} deep`)
    const open = this.#token.offset
    this.#advance()
    const block: CommandNode[] = []
    this.#commands(block, depth + 1)
    if (!this.#is('}')) throw this.#mistake('the block that begins here does not end', open)
    this.#advance()
    return { ...node, block }
  }

  #arguments(): Argument[] {
    const args: Argument[] = []
    for (;;) {
      const token = this.#token
      const { offset } = token
      if (token.kind === 'tag') args.push({ kind: 'tag', offset, name: token.name })
      else if (token.kind === 'number') args.push({ kind: 'number', offset, value: token.value })
      else if (token.kind === 'string') {
        args.push({ kind: 'strings', offset, values: [{ offset, value: token.value }], isList: false })
      } else if (token.kind === '[') args.push({ kind: 'strings', offset, values: this.#list(), isList: true })
      else return args
      if (args.length > LIST_LENGTH_MAX) throw this.#mistake('there are too many arguments')
      this.#advance()
    }
  }

  /** Ends at the closing bracket. */
  #list(): StringNode[] {
    const values: StringNode[] = []
    do {
      this.#advance()
      const token = this.#token
      if (token.kind !== 'string') throw this.#mistake(`a string is expected in the list, and not ${nameOf(token)}`)
      values.push({ offset: token.offset, value: token.value })
      if (values.length > LIST_LENGTH_MAX) throw this.#mistake(`a list may have ${LIST_LENGTH_MAX} strings`)
      this.#advance()
    } while (this.#is(','))
    if (!this.#is(']')) throw this.#mistake(`"," or "]" is expected, and not ${nameOf(this.#token)}`)
    return values
  }

  #tests(depth: number): { readonly tests: TestNode[]; readonly isTestList: boolean } {
    if (this.#is('identifier')) return { tests: [this.#test(depth)], isTestList: false }
    if (!this.#is('(')) return { tests: [], isTestList: false }
    const tests: TestNode[] = []
    do {
      this.#advance()
      tests.push(this.#test(depth))
    } while (this.#is(','))
    if (!this.#is(')')) throw this.#mistake(`"," or ")" is expected, and not ${nameOf(this.#token)}`)
    this.#advance()
    return { tests, isTestList: true }
  }

  #test(depth: number): TestNode {
    this.#count()
    const token = this.#token
    if (token.kind !== 'identifier') throw this.#mistake(`a test is expected, and not ${nameOf(token)}`)
    if (depth >= NESTING_MAX) throw this.#mistake(`tests may be nested ${NESTING_MAX} deep`)
    this.#advance()
    const args = this.#arguments()
    return { offset: token.offset, name: token.name, arguments: args, ...this.#tests(depth + 1) }
  }
}
