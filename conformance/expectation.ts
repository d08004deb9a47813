// Whether what came in one step is what the case expects of it. Where the RFC leaves a server free (order of untagged data, of FETCH items, of flags; more
// capabilities or attributes than asked about; data about changes at any time) every choice is right.

import type { Response, Value } from './response.ts'
import { type Bindings, isAtom, isList, sameValue, sameValues, substitute, textOf } from './values.ts'

/** Data that nobody sends unasked: where one such is expected, no other may come. */
const ANSWERS = ['LIST', 'LSUB', 'STATUS', 'SEARCH', 'ESEARCH', 'SORT', 'THREAD', 'EXPUNGE', 'VANISHED', 'METADATA']
/** What a server may tell of any message at any time. */
const UNASKED_ITEMS = ['FLAGS', 'UID', 'MODSEQ']

/** What is wrong, in words; empty if nothing is. Remembers what placeholders stand for. */
export function problemsOf(
  expected: readonly Response[],
  forbidden: readonly Response[],
  received: readonly Response[],
  bindings: Bindings,
): readonly string[] {
  const left = mergeFetches(received)
  const problems: string[] = []
  for (const one of expected) {
    if (kindOf(one) === 'EXPUNGE') continue
    const at = left.findIndex((response) => matches(one, response, bindings))
    if (at >= 0) left.splice(at, 1)
    else problems.push(`expected ${shown(one, bindings)}`)
  }
  const kinds = new Set(expected.map(kindOf))
  if (kinds.has('EXPUNGE') && expunged(expected, bindings) !== expunged(received, bindings))
    problems.push(
      `expected ${expected
        .filter((one) => kindOf(one) === 'EXPUNGE')
        .map((one) => shown(one, bindings))
        .join()}`,
    )
  for (const response of left) {
    const kind = kindOf(response)
    const isAnswer = ANSWERS.includes(kind) && kind !== 'EXPUNGE' && kinds.has(kind)
    if (isAnswer || isFetchOfMore(response, kinds)) problems.push(`not expected: ${response.raw.slice(0, 200)}`)
  }
  for (const one of forbidden) {
    const found = received.find((response) => matches(one, response, new Map(bindings)))
    if (found !== undefined) problems.push(`must not come: ${found.raw.slice(0, 200)}`)
  }
  return problems
}

function shown({ raw }: Response, bindings: Bindings): string {
  return substitute(raw, bindings).slice(0, 300)
}

/** What data is about: the word after `*`, or after the number. */
function kindOf({ tag, status, values }: Response): string {
  if (tag !== '*') return tag === '+' ? '+' : 'tagged'
  if (status !== null) return 'status'
  const isNumbered = /^(\d+|<.*|\$.*)$/.test(textOf(values[0]) ?? '')
  return (textOf(values[isNumbered ? 1 : 0]) ?? '').toUpperCase()
}

function isFetchOfMore(response: Response, kinds: ReadonlySet<string>): boolean {
  if (kindOf(response) !== 'FETCH' || !kinds.has('FETCH')) return false
  return [...itemsOf(response.values[2]).keys()].some((item) => !UNASKED_ITEMS.includes(item))
}

/** Messages by the numbers that they had before any of them went, in order: the same set can be told in different ways. */
function expunged(responses: readonly Response[], bindings: Bindings): string {
  const numbers = responses
    .filter((one) => kindOf(one) === 'EXPUNGE')
    .map(({ values }) => Number(substitute(textOf(values[0]) ?? '', bindings)))
  const there = Array.from({ length: 1000 }, (_, at) => at + 1)
  return numbers
    .flatMap((number) => there.splice(number - 1, 1))
    .sort((left, right) => left - right)
    .join()
}

function matches(expected: Response, found: Response, bindings: Bindings): boolean {
  if (expected.tag !== found.tag) return false
  const tried = new Map(bindings)
  const isMatch =
    expected.status === null
      ? found.status === null && sameData(expected, found, tried)
      : sameStatus(expected, found, tried)
  if (isMatch) for (const [name, value] of tried) bindings.set(name, value)
  return isMatch
}

function sameStatus(expected: Response, found: Response, bindings: Bindings): boolean {
  if (found.status === null || !expected.status?.split('|').includes(found.status)) return false
  if (expected.code === null) return true
  if (found.code === null) return false
  const [name, flags] = expected.code
  if (textOf(name) === 'PERMANENTFLAGS')
    return textOf(found.code[0]) === 'PERMANENTFLAGS' && isSubset(flags, found.code[1])
  if (textOf(name) === 'CAPABILITY') return isSubset(expected.code, found.code)
  return sameValues(expected.code, found.code, { bindings })
}

function sameData(expected: Response, found: Response, bindings: Bindings): boolean {
  const kind = kindOf(expected)
  if (kind !== kindOf(found)) return false
  if (expected.values.some((value) => isAtom(value) && value.atom === '<rest>'))
    return sameValues(expected.values, found.values, { bindings })
  const [left, right] = [expected.values, found.values]
  switch (kind) {
    case 'FETCH':
      return (
        sameValue(left[0] ?? null, right[0] ?? null, { bindings }) &&
        hasItems(itemsOf(left[2]), itemsOf(right[2]), bindings)
      )
    case 'CAPABILITY':
    case 'ENABLED':
      return isSubset(left, right)
    case 'FLAGS':
      return isSubset(left[1], right[1])
    case 'LIST':
    case 'LSUB':
      return isSubset(left[1], right[1]) && sameValues(left.slice(2), right.slice(2, left.length), { bindings })
    case 'STATUS':
      return sameMailbox(left[1], right[1], bindings) && sameItems(itemsOf(left[2]), itemsOf(right[2]), bindings)
    case 'SEARCH':
      return sameSet(left.slice(1), right.slice(1), bindings)
    case 'ESEARCH':
      return sameResult(left.slice(1), right.slice(1), bindings)
    default:
      return sameValues(left, right, { bindings })
  }
}

function sameMailbox(expected: Value | undefined, found: Value | undefined, bindings: Bindings): boolean {
  if (textOf(expected)?.toUpperCase() === 'INBOX') return textOf(found)?.toUpperCase() === 'INBOX'
  return sameValue(expected ?? null, found ?? null, { bindings })
}

/** `ESEARCH (TAG "a") UID COUNT 3 ALL 1:3`: what it answers and whether UIDs are meant, then results in any order. */
function sameResult(expected: readonly Value[], found: readonly Value[], bindings: Bindings): boolean {
  const split = (values: readonly Value[]): readonly [Value | undefined, boolean, ReadonlyMap<string, Value>] => {
    const tag = isList(values[0]) ? values[0] : undefined
    const rest = tag === undefined ? values : values.slice(1)
    const isUid = textOf(rest[0])?.toUpperCase() === 'UID'
    return [tag, isUid, itemsOf(isUid ? rest.slice(1) : rest)]
  }
  const [tag, isUid, results] = split(expected)
  const [foundTag, foundUid, foundResults] = split(found)
  return (
    sameValue(tag ?? null, foundTag ?? null, { bindings }) &&
    isUid === foundUid &&
    sameItems(results, foundResults, bindings)
  )
}

function sameSet(expected: readonly Value[], found: readonly Value[], bindings: Bindings): boolean {
  const left = [...found]
  return (
    expected.every((one) => {
      const at = left.findIndex((other) => sameValue(one, other, { bindings }))
      if (at >= 0) left.splice(at, 1)
      return at >= 0
    }) && left.length === 0
  )
}

function isSubset(
  expected: Value | readonly Value[] | undefined,
  found: Value | readonly Value[] | undefined,
): boolean {
  if (!isList(expected) || !isList(found)) return false
  const names = new Set(found.map((value) => textOf(value)?.toUpperCase()))
  return expected.every((value) => names.has(textOf(value)?.toUpperCase()))
}

function itemsOf(value: Value | readonly Value[] | undefined): Map<string, Value> {
  const items = new Map<string, Value>()
  if (!isList(value)) return items
  for (let at = 0; at + 1 < value.length; at += 2)
    items.set((textOf(value[at]) ?? '').toUpperCase(), value[at + 1] as Value)
  return items
}

function hasItems(
  expected: ReadonlyMap<string, Value>,
  found: ReadonlyMap<string, Value>,
  bindings: Bindings,
): boolean {
  return [...expected].every(([name, value]) => {
    const other = found.get(name)
    if (other === undefined) return false
    if (name === 'FLAGS') return isAtom(value) ? sameValue(value, other, { bindings }) : sameFlags(value, other)
    return sameValue(value, other, { bindings, ignoresCase: name === 'BODYSTRUCTURE' || name === 'BODY' })
  })
}

function sameItems(
  expected: ReadonlyMap<string, Value>,
  found: ReadonlyMap<string, Value>,
  bindings: Bindings,
): boolean {
  return expected.size === found.size && hasItems(expected, found, bindings)
}

/** `\Recent` is a matter of the session. */
function sameFlags(expected: Value, found: Value): boolean {
  const names = (flags: Value): string =>
    (isList(flags) ? flags : [])
      .map((flag) => (textOf(flag) ?? '').toLowerCase())
      .filter((flag) => flag !== '\\recent')
      .sort()
      .join(' ')
  return isList(expected) && isList(found) && names(expected) === names(found)
}

/** Data about one message may come in several responses; the last word on an item counts. */
function mergeFetches(received: readonly Response[]): Response[] {
  const merged: Response[] = []
  for (const response of received) {
    const number = textOf(response.values[0])
    const at =
      kindOf(response) === 'FETCH'
        ? merged.findIndex((one) => kindOf(one) === 'FETCH' && textOf(one.values[0]) === number)
        : -1
    const before = merged[at]
    if (before === undefined) merged.push(response)
    else {
      const items = [...itemsOf(before.values[2]), ...itemsOf(response.values[2])]
      const all = new Map(items)
      const list = [...all].flatMap(([name, value]): Value[] => [{ atom: name }, value])
      merged[at] = {
        ...before,
        values: [...before.values.slice(0, 2), list],
        raw: `${before.raw} and ${response.raw}`,
      }
    }
  }
  return merged
}
