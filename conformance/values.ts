// Whether a value that a server sent is the one that a case expects, or one of those that it leaves open.

import type { Atom, Value } from './response.ts'

/** What placeholders have remembered. */
export type Bindings = Map<string, string>

export interface Comparison {
  readonly bindings: Bindings
  /** Media types, their parameters' names, and encodings may be written in any case (RFC 2045 §5.1). */
  readonly ignoresCase?: boolean
}

export function isAtom(value: Value | undefined): value is Atom {
  return value !== null && typeof value === 'object' && 'atom' in value
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

/** The text of an atom or a string; null for others. */
export function textOf(value: Value | undefined): string | null {
  if (typeof value === 'string') return value
  return isAtom(value) ? value.atom : null
}

/** In order; `<rest>` takes what is left. */
export function sameValues(expected: readonly Value[], found: readonly Value[], how: Comparison): boolean {
  for (const [at, one] of expected.entries()) {
    if (isAtom(one) && one.atom === '<rest>') return true
    const other = found[at]
    if (other === undefined || !sameValue(one, other, how)) return false
  }
  return expected.length === found.length
}

export function sameValue(expected: Value, found: Value, how: Comparison): boolean {
  if (expected === null) return found === null
  if (typeof expected === 'string') {
    if (typeof found !== 'string') return false
    return how.ignoresCase === true ? expected.toLowerCase() === found.toLowerCase() : expected === found
  }
  if (!isAtom(expected)) return isList(found) && sameValues(expected, found, how)
  const { atom } = expected
  if (/^<.+>$/.test(atom)) return fillsPlaceholder(atom.slice(1, -1), found, how.bindings)
  const bound = atom.startsWith('$') ? how.bindings.get(atom.slice(1)) : undefined
  if (bound !== undefined) return textOf(found) === bound
  if (isAtom(found)) return sameAtom(substitute(atom, how.bindings), found.atom)
  // An astring may be quoted; a number may not.
  return typeof found === 'string' && !/^\d+$/.test(atom) && substitute(atom, how.bindings) === found
}

function sameAtom(expected: string, found: string): boolean {
  if (expected.toUpperCase() === found.toUpperCase()) return true
  const [left, right] = [numbersOf(expected), numbersOf(found)]
  return left !== null && right !== null && left.join() === right.join()
}

const NUMBERS_MAX = 1000

/** Of a sequence set without `*`, ascending. */
function numbersOf(set: string): readonly number[] | null {
  if (!/^\d+(?:[:,]\d+)*$/.test(set)) return null
  const numbers: number[] = []
  for (const range of set.split(',')) {
    const ends = range.split(':').map(Number)
    const [first, last] = [Math.min(...ends), Math.max(...ends)]
    if (last - first > NUMBERS_MAX || ends.length > 2) return null
    for (let number = first; number <= last; number++) numbers.push(number)
  }
  return numbers.sort((left, right) => left - right)
}

/** `$x` anywhere in the text, where it is known; `$x.size` is its length. */
export function substitute(text: string, bindings: Bindings): string {
  return text.replaceAll(/\$([a-z]\w*)(\.size)?/g, (whole, name: string, size: string | undefined) => {
    const value = bindings.get(name)
    if (value === undefined) return whole
    return size === undefined ? value : String(value.length)
  })
}

function fillsPlaceholder(placeholder: string, found: Value, bindings: Bindings): boolean {
  const [form = '', name] = placeholder.split('=$')
  if (!hasForm(form, found, bindings)) return false
  if (name !== undefined) bindings.set(name, textOf(found) ?? '')
  return true
}

function hasForm(form: string, found: Value, bindings: Bindings): boolean {
  const [kind = '', variable = ''] = form.split(':$')
  const number = isAtom(found) && /^\d+$/.test(found.atom) ? BigInt(found.atom) : null
  switch (kind) {
    case 'any':
      return true
    case 'number':
      return number !== null
    case 'string':
      return typeof found === 'string'
    case 'atom':
      return isAtom(found)
    case 'list':
      return isList(found)
    case 'gt':
      return number !== null && number > BigInt(bindings.get(variable) ?? 0)
    case 'ge':
      return number !== null && number >= BigInt(bindings.get(variable) ?? 0)
    default:
      throw new Error(`there is no placeholder <${form}>`)
  }
}
