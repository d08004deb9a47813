// A script compiled: its control structure as jumps, its mistakes with line and column.
//
// With `ihave` (RFC 5463) what this server does not have, or what was not required, is an error only when it is reached.

import type { Octets } from '#message/part.ts'
import { ACTION_SIGNATURES, compileAction } from './compile-action.ts'
import { compileString, constantString, constantText } from './compile-strings.ts'
import { EDIT_WARNING } from './compile-header-edit.ts'
import type { TestContext } from './compile-match.ts'
import { compileIhave, compileTest } from './compile-test.ts'
import { type Extension, impliedBy, isExtension } from './extensions.ts'
import { type Misplaced, type SieveIssue, locate } from './issue.ts'
import { ISSUES_MAX, LOOPS_MAX } from './limits.ts'
import { toText } from './octets.ts'
import { parseScript } from './parser.ts'
import type { Instruction, Program } from './program.ts'
import { isScriptName } from './script-name.ts'
import { type Bound, ScriptMistake, type Signature, bindArguments } from './signature.ts'
import type { CommandNode, TestNode } from './syntax.ts'
import { TEST_SIGNATURES } from './test-signatures.ts'

export type Compiled =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly issues: readonly SieveIssue[] }

const CONTROL_SIGNATURES: Readonly<Record<string, Signature>> = {
  if: { tests: 'one', hasBlock: true },
  elsif: { tests: 'one', hasBlock: true },
  else: { hasBlock: true },
  require: { positional: [['capabilities', 'strings']] },
  stop: {},
  // RFC 6609 §3.2 and §3.3.
  include: {
    extension: 'include',
    tags: { personal: { group: 'location' }, global: { group: 'location' }, once: {}, optional: {} },
    positional: [['value', 'string']],
  },
  return: { extension: 'include' },
  // RFC 5703 §3.
  foreverypart: { extension: 'foreverypart', tags: { name: { parameter: 'string' } }, hasBlock: true },
  break: { extension: 'foreverypart', tags: { name: { parameter: 'string' } } },
  // RFC 5463 §5.
  error: { extension: 'ihave', positional: [['message', 'string']] },
}

/** The script as the octets it was stored in. Never throws. */
export function compileScript(script: Octets): Compiled {
  const { commands, mistakes } = parseScript(script)
  const compiler = new Compiler()
  compiler.script(commands)
  const all = [...mistakes, ...compiler.mistakes]
  if (all.length === 0) return { ok: true, program: compiler.program(script) }
  all.sort((a, b) => a.offset - b.offset)
  return {
    ok: false,
    issues: all.slice(0, ISSUES_MAX).map(({ offset, text }) => locate(script, { offset, text: toText(text) })),
  }
}

class Compiler implements TestContext {
  readonly mistakes: Misplaced[] = []
  readonly #warnings = new Map<string, Misplaced>()
  readonly #instructions: Instruction[] = []
  readonly #required = new Set<Extension>()
  /** By `ihave`, somewhere before. */
  readonly #possible = new Set<Extension>()
  #mayRequire = true
  /** Loops around what is being compiled, with the instructions that leave them. */
  readonly #loops: { readonly name: Octets | null; readonly leaves: number[] }[] = []

  program(source: Octets): Program {
    return {
      source,
      instructions: this.#instructions,
      warnings: [...this.#warnings.values()],
      extensions: this.#required,
    }
  }

  script(commands: readonly CommandNode[]): void {
    this.#block(commands)
  }

  has(extension: Extension): boolean {
    return this.#required.has(extension) || this.#possible.has(extension)
  }

  require(extension: Extension, offset: number, what: string): void {
    if (this.#required.has(extension)) return
    if (this.#possible.has(extension)) this.#emit({ op: 'need', offset, extension })
    else throw new ScriptMistake(offset, `${what} needs require "${extension}"`, true)
  }

  /** Each once, where it is first. */
  #warn(offset: number, text: string): void {
    if (!this.#warnings.has(text)) this.#warnings.set(text, { offset, text })
  }

  #emit(instruction: Instruction): number {
    return this.#instructions.push(instruction) - 1
  }

  /** Sets the target of a jump that was emitted before. */
  #land(at: number): void {
    const instruction = this.#instructions[at] as Extract<Instruction, { readonly to: number }>
    this.#instructions[at] = { ...instruction, to: this.#instructions.length }
  }

  /** What is wrong is noted, and the next thing is looked at; with `ihave` what is only not there fails when it is reached. */
  #guard(work: () => void): void {
    const length = this.#instructions.length
    try {
      work()
    } catch (error) {
      if (!(error instanceof ScriptMistake)) throw error
      if (error.isUnavailable && this.#required.has('ihave')) {
        this.#instructions.length = length
        this.#emit({ op: 'fail', offset: error.offset, text: error.message })
      } else if (this.mistakes.length < ISSUES_MAX) this.mistakes.push({ offset: error.offset, text: error.message })
    }
  }

  #block(commands: readonly CommandNode[]): void {
    for (let at = 0; at < commands.length; at++) {
      const command = commands[at] as CommandNode
      if (command.name === 'if') at = this.#if(commands, at)
      else this.#guard(() => this.#command(command))
      if (command.name !== 'require') this.#mayRequire = false
    }
  }

  /** RFC 5228 §3.1: an `if` with what belongs to it. The position of its last command. */
  #if(commands: readonly CommandNode[], first: number): number {
    this.#mayRequire = false
    const ends: number[] = []
    let at = first
    for (;;) {
      const command = commands[at] as CommandNode
      let skip = -1
      this.#guard(() => {
        this.#bind(command, CONTROL_SIGNATURES[command.name] as Signature)
        const [test] = command.tests
        if (test === undefined) return
        this.#test(test)
        skip = this.#emit({ op: 'jumpIf', offset: command.offset, value: false, to: 0 })
      })
      this.#block(command.block ?? [])
      const next = commands[at + 1]?.name
      const goesOn = command.name !== 'else' && (next === 'elsif' || next === 'else')
      if (goesOn) ends.push(this.#emit({ op: 'jump', offset: command.offset, to: 0 }))
      if (skip >= 0) this.#land(skip)
      if (!goesOn) break
      at++
    }
    for (const end of ends) this.#land(end)
    return at
  }

  #bind(command: CommandNode | TestNode, signature: Signature): Bound {
    return bindArguments(command, signature, (extension, offset, what) => this.require(extension, offset, what))
  }

  #command(command: CommandNode): void {
    const { name, offset } = command
    const control = lookUp(CONTROL_SIGNATURES, name)
    if (control !== undefined) return this.#control(command, control)
    const signature = lookUp(ACTION_SIGNATURES, name)
    if (signature === undefined) {
      const isTest = lookUp(TEST_SIGNATURES, name) !== undefined
      throw new ScriptMistake(
        offset,
        isTest ? `"${name}" is a test and no command` : `there is no command "${name}"`,
        true,
      )
    }
    const action = compileAction(name, this.#bind(command, signature), this)
    if (action.kind === 'extracttext' && this.#loops.length === 0)
      throw new ScriptMistake(offset, '"extracttext" must stand within "foreverypart"')
    this.#emit({ op: 'action', offset, action })
    if (action.kind === 'addheader' || action.kind === 'deleteheader') this.#warn(offset, EDIT_WARNING)
  }

  #control(command: CommandNode, signature: Signature): void {
    const { name, offset } = command
    if (name === 'elsif' || name === 'else') {
      // What is wrong in its block is told, too.
      this.#block(command.block ?? [])
      throw new ScriptMistake(offset, `"${name}" must follow an "if" or "elsif"`)
    }
    if (name === 'require' && !this.#mayRequire)
      throw new ScriptMistake(offset, '"require" must stand before all other commands')
    const bound = this.#bind(command, signature)
    switch (name) {
      case 'require':
        return this.#require(bound)
      case 'include':
        return this.#include(bound)
      case 'foreverypart':
        return this.#loop(command, bound)
      case 'break':
        return this.#break(bound)
      case 'error':
        this.#emit({ op: 'fail', offset, text: compileString(bound.string('message'), this) })
        return
      default:
        this.#emit({ op: name as 'stop' | 'return', offset })
    }
  }

  /** RFC 5703 §3. */
  #loop({ block, offset }: CommandNode, bound: Bound): void {
    if (this.#loops.length >= LOOPS_MAX) throw new ScriptMistake(offset, `loops may be nested ${LOOPS_MAX} deep`)
    this.#mayRequire = false
    const name = bound.has('name') ? constantString(bound.string('name'), this, "a loop's name") : null
    const leaves = [this.#emit({ op: 'foreverypart', offset, to: 0 })]
    this.#loops.push({ name, leaves })
    const to = this.#instructions.length
    this.#block(block ?? [])
    this.#emit({ op: 'nextpart', offset, to })
    this.#loops.pop()
    for (const at of leaves) this.#land(at)
  }

  #break(bound: Bound): void {
    const name = bound.has('name') ? constantString(bound.string('name'), this, "a loop's name") : null
    const at = this.#loops.findLastIndex((loop) => name === null || loop.name === name)
    const loop = this.#loops[at]
    if (loop === undefined)
      throw new ScriptMistake(
        bound.offset,
        name === null ? '"break" must stand within "foreverypart"' : 'there is no loop of that name around it',
      )
    loop.leaves.push(this.#emit({ op: 'break', offset: bound.offset, loops: this.#loops.length - at, to: 0 }))
  }

  #require(bound: Bound): void {
    for (const { value, offset } of bound.strings('capabilities')) {
      if (!isExtension(value)) {
        // RFC 5228 §2.10.5: nothing of the script may run.
        this.mistakes.push({ offset, text: `this server does not have "${value}"` })
        continue
      }
      for (const name of [value, ...impliedBy(value)]) this.#required.add(name)
    }
  }

  #include(bound: Bound): void {
    const node = bound.string('value')
    const name = constantText(node, this, "a script's name")
    if (!isScriptName(name)) throw new ScriptMistake(node.offset, 'that is no name for a script')
    const isGlobal = bound.has('global')
    this.#emit({
      op: 'include',
      offset: bound.offset,
      name,
      isGlobal,
      once: bound.has('once'),
      optional: bound.has('optional'),
    })
  }

  #test(test: TestNode): void {
    const { name, offset } = test
    const signature = lookUp(TEST_SIGNATURES, name)
    if (signature === undefined) throw new ScriptMistake(offset, `there is no test "${name}"`, true)
    const bound = this.#bind(test, signature)
    switch (name) {
      case 'not':
        this.#test(test.tests[0] as TestNode)
        this.#emit({ op: 'not', offset })
        return
      case 'allof':
      case 'anyof': {
        // RFC 5229 §3.2: from left to right, and no more than needed.
        const jumps: number[] = []
        for (const [at, inner] of test.tests.entries()) {
          this.#testOrFail(inner)
          if (at < test.tests.length - 1)
            jumps.push(this.#emit({ op: 'jumpIf', offset, value: name === 'anyof', to: 0 }))
        }
        for (const jump of jumps) this.#land(jump)
        return
      }
      case 'ihave': {
        const enables = compileIhave(bound, this)
        for (const extension of enables ?? [])
          for (const each of [extension, ...impliedBy(extension)]) this.#possible.add(each)
        this.#emit({
          op: 'test',
          offset,
          test: enables === null ? { kind: 'constant', value: false } : { kind: 'ihave', enables },
        })
        return
      }
      default:
        this.#emit({ op: 'test', offset, test: compileTest(name, bound, this) })
    }
  }

  /** With `ihave`, a test that is not there fails only when those before it do not decide. */
  #testOrFail(test: TestNode): void {
    if (!this.#required.has('ihave')) return this.#test(test)
    this.#guard(() => this.#test(test))
  }
}

/** What its author may not expect of a script that compiles. */
export function warningsOf({ source, warnings }: Program): SieveIssue[] {
  return warnings.map((warning) => locate(source, warning))
}

/** Names are what scripts say: none of an object's own. */
function lookUp(signatures: Readonly<Record<string, Signature>>, name: string): Signature | undefined {
  return Object.hasOwn(signatures, name) ? signatures[name] : undefined
}
