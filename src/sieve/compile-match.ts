// How values are matched, compiled: match type, comparator and index, which many tests and "deleteheader" have in common.

import { COMPARATORS, DEFAULT_COMPARATOR, type Comparator, mustBeRequired } from './comparator.ts'
import { type Enabled, compileString, constantString } from './compile-strings.ts'
import type { Extension } from './extensions.ts'
import { asciiLower } from './octets.ts'
import type { FieldIndex, Match, Relation } from './program.ts'
import { type RegexProgram, compilePatternOf } from './regex-program.ts'
import { RegexMistake } from './regex-syntax.ts'
import { type Bound, ScriptMistake } from './signature.ts'
import type { StringNode } from './syntax.ts'

export interface TestContext extends Enabled {
  /** Throws ScriptMistake if it is not required, and `ihave` is not either. */
  require(extension: Extension, offset: number, what: string): void
}

const RELATIONS: ReadonlySet<string> = new Set(['gt', 'ge', 'lt', 'le', 'eq', 'ne'])

/** Throws ScriptMistake. */
export function compileMatch(bound: Bound, context: TestContext, keys: readonly StringNode[]): Match {
  const comparator = comparatorOf(bound, context)
  const type = (['is', 'contains', 'matches', 'regex', 'value', 'count'] as const).find((tag) => bound.has(tag)) ?? 'is'
  // RFC 5228 §2.7.3.
  if (comparator.fold === null && (type === 'contains' || type === 'matches' || type === 'regex')) {
    throw new ScriptMistake(bound.offset, `":${type}" cannot be used with the comparator ${comparator.name}`)
  }
  let relation: Relation = 'eq'
  if (type === 'value' || type === 'count') {
    const node = bound.string(type)
    const given = asciiLower(constantString(node, context, 'a relation'))
    if (!RELATIONS.has(given)) throw new ScriptMistake(node.offset, 'a relation is one of gt, ge, lt, le, eq and ne')
    relation = given as Relation
  }
  const patterns = type === 'regex' ? keys.map((key) => compilePattern(key, context, comparator)) : []
  return { type, patterns, relation, comparator }
}

/** draft-ietf-sieve-regex-01 §6: mistakes are told when the script is compiled. */
function compilePattern(node: StringNode, enabled: Enabled, { ignoresCase }: Comparator): RegexProgram | null {
  const template = compileString(node, enabled)
  if (typeof template !== 'string') return null
  try {
    return compilePatternOf(template, ignoresCase)
  } catch (error) {
    if (!(error instanceof RegexMistake)) throw error
    throw new ScriptMistake(node.offset, `that is no regular expression: ${error.message}`)
  }
}

function comparatorOf(bound: Bound, context: TestContext): Comparator {
  if (!bound.has('comparator')) return DEFAULT_COMPARATOR
  const node = bound.string('comparator')
  const name = constantString(node, context, "a comparator's name")
  const comparator = COMPARATORS.get(name)
  if (comparator === undefined) throw new ScriptMistake(node.offset, `there is no comparator "${name}"`, true)
  if (mustBeRequired(comparator))
    context.require(`comparator-${name}` as Extension, node.offset, `the comparator "${name}"`)
  return comparator
}

/** RFC 5260 §6. Throws ScriptMistake. */
export function compileIndex(bound: Bound): FieldIndex | null {
  if (!bound.has('index')) {
    if (bound.has('last')) throw new ScriptMistake(bound.offset, '":last" needs ":index"')
    return null
  }
  const number = bound.number('index')
  if (number < 1) throw new ScriptMistake(bound.offset, 'fields are counted from 1')
  return { number, isLast: bound.has('last') }
}
