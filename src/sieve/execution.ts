// One run: where it is, its variables, and what it wants done so far.

import type { Octets, Part } from '#message/part.ts'
import type { Extension } from './extensions.ts'
import type { SieveHost } from './host.ts'
import { VARIABLES_MAX, VARIABLE_BYTES_MAX, WORK_MAX, WORK_PER_STEP } from './limits.ts'
import type { MessageView } from './message-view.ts'
import { truncateOctets } from './octets.ts'
import type { Filing, Redirect, SeenMark, Vacation } from './outcome.ts'
import type { Program } from './program.ts'
import { RunError } from './run-error.ts'
import { type Template, type VariableValues, expand } from './template.ts'

/** Over the parts of the message, or of one of them. */
export interface PartLoop {
  readonly parts: readonly Part[]
  at: number
}

/** A script that is being run: the first, or an included one. */
export class Frame {
  readonly program: Program
  /** Null: the first. */
  readonly script: string | null
  readonly variables = new Map<string, Octets>()
  /** Names that `global` has declared. */
  readonly globals = new Set<string>()
  /** By `ihave`. */
  readonly enabled = new Set<Extension>()
  /** RFC 5703 §3: loops that are being run, the outer ones first. */
  readonly loops: PartLoop[] = []
  next = 0
  /** Of the last test. */
  result = false

  constructor(program: Program, script: string | null) {
    this.program = program
    this.script = script
  }
}

export class Execution implements VariableValues {
  /** With the header as it is now (RFC 5293). */
  message: MessageView
  readonly host: SieveHost
  readonly frames: Frame[] = []
  /** Names of scripts that were included. */
  readonly included = new Set<string>()
  includes = 0
  readonly filings: Filing[] = []
  readonly redirects: Redirect[] = []
  readonly seen: SeenMark[] = []
  vacation: Vacation | null = null
  answered: MessageView | null = null
  /** Octets of header fields that were added. */
  added = 0
  /** RFC 5228 §2.10.2. */
  implicitKeep = true
  /** RFC 5232 §3. */
  flags: readonly Octets[] = []
  /** RFC 5229 §3.2. */
  matched: readonly Octets[] = []
  readonly #globals = new Map<string, Octets>()
  #work = 0
  #sinceStep = 0

  constructor(message: MessageView, host: SieveHost) {
    this.message = message
    this.host = host
  }

  get frame(): Frame {
    return this.frames.at(-1) as Frame
  }

  /** The part that the innermost loop is at; null if there is none. */
  get part(): Part | null {
    const loop = this.frame.loops.at(-1)
    return loop?.parts[loop.at] ?? null
  }

  /** Throws RunError. */
  work(octets: number): void {
    this.#work += octets
    this.#sinceStep += octets
    if (this.#work > WORK_MAX) throw new RunError('the script takes too long for this message')
  }

  /** Whether it is time to let others work. */
  takeStep(): boolean {
    if (this.#sinceStep < WORK_PER_STEP) return false
    this.#sinceStep = 0
    return true
  }

  expand(template: Template): Octets {
    const text = expand(template, this)
    this.work(text.length + 1)
    return text
  }

  expandAll(templates: readonly Template[]): Octets[] {
    return templates.map((template) => this.expand(template))
  }

  variable(name: string): Octets {
    const { frame } = this
    return (frame.globals.has(name) ? this.#globals.get(name) : frame.variables.get(name)) ?? ''
  }

  global(name: string): Octets {
    return this.#globals.get(name) ?? ''
  }

  match(index: number): Octets {
    return this.matched[index] ?? ''
  }

  /** RFC 5229 §6: what is too long is cut. */
  setVariable(name: string, value: Octets, isGlobal: boolean): void {
    const { frame } = this
    const variables = isGlobal || frame.globals.has(name) ? this.#globals : frame.variables
    if (!variables.has(name) && variables.size >= VARIABLES_MAX)
      throw new RunError(`there may be ${VARIABLES_MAX} variables`)
    variables.set(name, truncateOctets(value, VARIABLE_BYTES_MAX))
  }
}
