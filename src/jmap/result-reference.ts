// References to results of earlier calls in the same request (RFC 8620 §3.7): `#name` arguments, and the JSON Pointer (RFC 6901), with `*`, that
// they follow.

import { type JsonObject, has, isObject, newMap } from './json-object.ts'
import { MethodFailure } from './failure.ts'
import { REFERENCE_ITEMS_MAX } from './limits.ts'

/** A response that a reference may name. */
export interface EarlierResponse {
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
  readonly callId: string
}

/** The arguments with their references resolved. Throws MethodFailure. */
export function resolveReferences(
  args: JsonObject,
  responses: readonly EarlierResponse[],
): Readonly<Record<string, unknown>> {
  if (!Object.keys(args).some((name) => name.startsWith('#'))) return args
  const resolved = newMap<unknown>()
  for (const [name, value] of Object.entries(args)) {
    if (!name.startsWith('#')) {
      resolved[name] = value
      continue
    }
    const plain = name.slice(1)
    if (has(args, plain)) throw new MethodFailure('invalidArguments', 'An argument is given twice, once as a reference')
    resolved[plain] = resolve(value, responses)
  }
  return resolved
}

function resolve(reference: unknown, responses: readonly EarlierResponse[]): unknown {
  if (!isObject(reference)) throw new MethodFailure('invalidArguments', 'A result reference is not an object')
  const { resultOf, name, path, ...others } = reference
  if (typeof resultOf !== 'string' || typeof name !== 'string' || typeof path !== 'string') {
    throw new MethodFailure('invalidArguments', 'A result reference lacks resultOf, name or path')
  }
  if (Object.keys(others).length > 0)
    throw new MethodFailure('invalidArguments', 'A result reference has other members')
  const response = responses.find(({ callId }) => callId === resultOf)
  if (response === undefined || response.name !== name) throw unresolved()
  if (path !== '' && !path.startsWith('/')) throw unresolved()
  const tokens = path.split('/').slice(1)
  return follow(response.args, tokens.map(unescape), { left: REFERENCE_ITEMS_MAX })
}

function unresolved(): MethodFailure {
  return new MethodFailure('invalidResultReference')
}

/** RFC 6901 §4. */
function unescape(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}

function follow(value: unknown, tokens: readonly string[], budget: { left: number }): unknown {
  let here = value
  for (const [at, token] of tokens.entries()) {
    if (Array.isArray(here)) {
      if (token === '*') return followEach(here, tokens.slice(at + 1), budget)
      if (!/^(?:0|[1-9]\d{0,9})$/.test(token) || Number(token) >= here.length) throw unresolved()
      here = here[Number(token)] as unknown
    } else if (typeof here === 'object' && here !== null && Object.hasOwn(here, token)) {
      here = (here as Record<string, unknown>)[token]
      if (here === undefined) throw unresolved()
    } else throw unresolved()
  }
  return here
}

/** Lists that the items give are joined to one. */
function followEach(items: readonly unknown[], tokens: readonly string[], budget: { left: number }): unknown[] {
  const results: unknown[] = []
  for (const item of items) {
    const result = follow(item, tokens, budget)
    const given: readonly unknown[] = Array.isArray(result) ? result : [result]
    budget.left -= given.length + 1
    if (budget.left < 0) throw unresolved()
    for (const one of given) results.push(one)
  }
  return results
}
