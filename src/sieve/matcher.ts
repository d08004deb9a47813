// Values of a message against the keys of a test (RFC 5228 §2.7.1, RFC 5231 §4). What is done is counted, so that a run is bounded.

import type { Octets } from '#message/part.ts'
import { findText } from './find-text.ts'
import { MATCH_VARIABLES_MAX } from './limits.ts'
import type { Match, Relation } from './program.ts'
import { matchRegex } from './regex-match.ts'
import { type RegexProgram, compilePatternOf } from './regex-program.ts'
import { RegexMistake } from './regex-syntax.ts'
import { RunError } from './run-error.ts'
import type { WorkMeter } from './work-meter.ts'
import { matchWildcard, parseWildcard, wildcardWork } from './wildcard.ts'

/** A program's tables, in octets compared. */
const COMPILE_WORK = 10_000

export interface Matched {
  readonly isMatch: boolean
  /** Of `:matches`: the value, and what its wildcards stand for (RFC 5229 §3.2). */
  readonly variables: readonly Octets[] | null
}

const NO: Matched = { isMatch: false, variables: null }
const YES: Matched = { isMatch: true, variables: null }

/** Whether any of the values matches any of the keys. Not of `count`. */
export function matchValues(
  match: Match,
  values: Iterable<Octets>,
  keys: readonly Octets[],
  meter: WorkMeter,
): Matched {
  const { type, comparator } = match
  const fold = comparator.fold
  const foldedKeys = fold === null ? keys : keys.map(fold)
  const wildcards = type === 'matches' ? foldedKeys.map(parseWildcard) : []
  const regexes = type === 'regex' ? regexesOf(match, keys, meter) : []
  for (const value of values) {
    meter.work(value.length + 1)
    const folded = fold === null ? value : fold(value)
    for (const [at, key] of foldedKeys.entries()) {
      meter.work(8)
      if (type === 'matches') {
        const wildcard = wildcards[at] as ReturnType<typeof parseWildcard>
        meter.work(wildcardWork(wildcard, folded.length))
        const spans = matchWildcard(wildcard, folded)
        if (spans !== null) return { isMatch: true, variables: captured(value, spans) }
      } else if (type === 'regex') {
        const positions = matchRegex(regexes[at] as RegexProgram, value, meter)
        if (positions !== null) return { isMatch: true, variables: groups(value, positions) }
      } else if (type === 'contains') {
        meter.work(folded.length + key.length)
        if (findText(folded, key) >= 0) return YES
      } else if (type === 'is') {
        if (fold === null ? comparator.equal(value, key) : folded === key) return YES
      } else if (holds(match.relation, comparator.compare(value, keys[at] as Octets))) return YES
    }
  }
  return NO
}

/** Those with variables in them are compiled now. Throws RunError. */
function regexesOf({ patterns, comparator }: Match, keys: readonly Octets[], meter: WorkMeter): RegexProgram[] {
  return keys.map((key, at) => {
    const known = patterns[at] ?? null
    if (known !== null) return known
    meter.work(COMPILE_WORK + 100 * key.length)
    try {
      return compilePatternOf(key, comparator.ignoresCase)
    } catch (error) {
      if (!(error instanceof RegexMistake)) throw error
      throw new RunError(`what the variables make is no regular expression: ${error.message}`)
    }
  })
}

/** draft-ietf-sieve-regex-01 §7.1: what matched, and what the groups did. */
function groups(value: Octets, positions: Int32Array): Octets[] {
  const found: Octets[] = []
  for (let slot = 0; slot < positions.length; slot += 2) {
    const start = positions[slot] as number
    found.push(start < 0 ? '' : value.slice(start, positions[slot + 1]))
  }
  return found
}

/** RFC 5231 §4.2. */
export function matchCount({ relation, comparator }: Match, count: number, keys: readonly Octets[]): Matched {
  return keys.some((key) => holds(relation, comparator.compare(String(count), key))) ? YES : NO
}

function captured(value: Octets, spans: readonly (readonly [number, number])[]): Octets[] {
  return [value, ...spans.slice(0, MATCH_VARIABLES_MAX).map(([start, end]) => value.slice(start, end))]
}

function holds(relation: Relation, order: number): boolean {
  switch (relation) {
    case 'gt':
      return order > 0
    case 'ge':
      return order >= 0
    case 'lt':
      return order < 0
    case 'le':
      return order <= 0
    case 'eq':
      return order === 0
    case 'ne':
      return order !== 0
  }
}
