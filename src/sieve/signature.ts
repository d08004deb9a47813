// What arguments a command or test takes (RFC 5228 §2.6), and finding them in what was written: tagged ones first, in any order, each once, then
// those by position.

import type { Extension } from './extensions.ts'
import type { Argument, Node, StringNode } from './syntax.ts'

type ParameterKind = 'string' | 'strings' | 'number'

export interface TagSignature {
  /** Of tags with one group only one may be given. */
  readonly group?: string
  readonly parameter?: ParameterKind
  readonly extension?: Extension
}

export interface Signature {
  readonly extension?: Extension
  readonly tags?: Readonly<Record<string, TagSignature>>
  /** By position. One whose name ends in `?` may be left out; of several, the first is missing first. */
  readonly positional?: readonly (readonly [name: string, kind: ParameterKind])[]
  readonly tests?: 'one' | 'list'
  readonly hasBlock?: boolean
}

/** Something that the script's author has to mend. Thrown within this folder only. */
export class ScriptMistake extends Error {
  readonly offset: number
  /** It is about something that this server does not have, or that was not required: with `ihave` an error only when it is reached. */
  readonly isUnavailable: boolean

  constructor(offset: number, text: string, isUnavailable = false) {
    super(text)
    this.offset = offset
    this.isUnavailable = isUnavailable
  }
}

export interface BoundTag {
  readonly offset: number
  readonly strings: readonly StringNode[]
  readonly number: number
}

export class Bound {
  readonly tags = new Map<string, BoundTag>()
  readonly positional = new Map<string, Argument>()
  readonly offset: number

  constructor(offset: number) {
    this.offset = offset
  }

  has(tag: string): boolean {
    return this.tags.has(tag)
  }

  /** Of a tag or position that must be there. */
  strings(name: string): readonly StringNode[] {
    return this.optionalStrings(name) ?? []
  }

  optionalStrings(name: string): readonly StringNode[] | null {
    const tag = this.tags.get(name)
    if (tag !== undefined) return tag.strings
    const argument = this.positional.get(name)
    return argument?.kind === 'strings' ? argument.values : null
  }

  string(name: string): StringNode {
    return this.strings(name)[0] ?? { offset: this.offset, value: '' }
  }

  optionalString(name: string): StringNode | null {
    return this.optionalStrings(name)?.[0] ?? null
  }

  number(name: string): number {
    const argument = this.positional.get(name)
    return argument?.kind === 'number' ? argument.value : (this.tags.get(name)?.number ?? 0)
  }
}

const KIND_WORDS: Readonly<Record<ParameterKind, string>> = {
  string: 'a string',
  strings: 'a string or a list of strings',
  number: 'a number',
}

/** Throws ScriptMistake. `require` is told of each extension that is used. */
export function bindArguments(
  node: Node,
  signature: Signature,
  require: (extension: Extension, offset: number, what: string) => void,
): Bound {
  const { name, offset } = node
  if (signature.extension !== undefined) require(signature.extension, offset, `"${name}"`)
  const bound = new Bound(offset)
  const rest = bindTags(node, signature, bound, require)
  bindPositions(node, signature, bound, rest)
  checkTests(node, signature)
  return bound
}

function bindTags(
  node: Node,
  { tags = {} }: Signature,
  bound: Bound,
  require: (extension: Extension, offset: number, what: string) => void,
): readonly Argument[] {
  const groups = new Map<string, string>()
  const args = node.arguments
  let at = 0
  for (; at < args.length; at++) {
    const argument = args[at] as Argument
    if (argument.kind !== 'tag') break
    const { name, offset } = argument
    const tag = Object.hasOwn(tags, name) ? tags[name] : undefined
    if (tag === undefined) throw new ScriptMistake(offset, `"${node.name}" has no argument ":${name}"`, true)
    if (tag.extension !== undefined) require(tag.extension, offset, `":${name}"`)
    if (bound.has(name)) throw new ScriptMistake(offset, `":${name}" is given twice`)
    const other = tag.group === undefined ? undefined : groups.get(tag.group)
    if (other !== undefined) throw new ScriptMistake(offset, `":${name}" and ":${other}" exclude each other`)
    if (tag.group !== undefined) groups.set(tag.group, name)
    if (tag.parameter === undefined) bound.tags.set(name, { offset, strings: [], number: 0 })
    else {
      const value = args[++at]
      if (value === undefined) throw new ScriptMistake(offset, `${KIND_WORDS[tag.parameter]} must follow ":${name}"`)
      checkKind(value, tag.parameter, `after ":${name}"`)
      bound.tags.set(name, {
        offset: value.offset,
        strings: value.kind === 'strings' ? value.values : [],
        number: value.kind === 'number' ? value.value : 0,
      })
    }
  }
  return args.slice(at)
}

function checkKind(argument: Argument, kind: ParameterKind, where: string): void {
  const { offset } = argument
  if (kind === 'number' ? argument.kind !== 'number' : argument.kind !== 'strings') {
    throw new ScriptMistake(offset, `${KIND_WORDS[kind]} is expected ${where}`)
  }
  if (kind === 'string' && argument.kind === 'strings' && argument.isList) {
    throw new ScriptMistake(offset, `one string is expected ${where}, and no list`)
  }
}

function bindPositions(node: Node, { positional = [] }: Signature, bound: Bound, rest: readonly Argument[]): void {
  let missing = positional.length - rest.length
  const expected = positional.filter(([name]) => !(name.endsWith('?') && missing-- > 0))
  for (const [at, argument] of rest.entries()) {
    if (argument.kind === 'tag') {
      throw new ScriptMistake(argument.offset, `":${argument.name}" must stand before the arguments without a tag`)
    }
    const parameter = expected[at]
    if (parameter === undefined)
      throw new ScriptMistake(argument.offset, `"${node.name}" does not take so many arguments`)
    const [name, kind] = parameter
    checkKind(argument, kind, `for "${node.name}"`)
    bound.positional.set(name.replace('?', ''), argument)
  }
  const absent = expected[rest.length]
  if (absent !== undefined) {
    throw new ScriptMistake(node.offset, `"${node.name}" lacks ${KIND_WORDS[absent[1]]}: its argument "${absent[0]}"`)
  }
}

function checkTests(node: Node, { tests, hasBlock = false }: Signature): void {
  const { name, offset } = node
  if (tests === undefined && node.tests.length > 0) throw new ScriptMistake(offset, `"${name}" takes no test`)
  if (tests === 'one' && (node.tests.length !== 1 || node.isTestList))
    throw new ScriptMistake(offset, `"${name}" takes one test`)
  if (tests === 'list' && !node.isTestList) throw new ScriptMistake(offset, `"${name}" takes tests in parentheses`)
  if (!('block' in node)) return
  if (hasBlock && node.block === null) throw new ScriptMistake(offset, `"${name}" must be followed by a block`)
  if (!hasBlock && node.block !== null) throw new ScriptMistake(offset, `"${name}" takes no block`)
}
