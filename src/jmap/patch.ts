// PatchObjects (RFC 8620 §5.3): paths into an object, each with a value to set, or null to take it away.

import { SetFailure } from './failure.ts'
import { type Json, type JsonObject, has, isObject, newMap } from './json-object.ts'

/**
 * A new object. A top-level member that is set to null gets its default, if it has one. Throws SetFailure: a path leads into an array or through
 * nothing, or begins another.
 */
export function applyPatch(object: JsonObject, patch: JsonObject, defaults: JsonObject): JsonObject {
  const paths = Object.keys(patch).map((path) => ({ path, tokens: path.split('/').map(unescapeToken) }))
  if (hasPrefixes(paths.map(({ tokens }) => tokens))) throw invalidPatch('A path begins another')
  const patched = copyOf(object)
  for (const { path, tokens } of paths) {
    let parent = patched
    for (const token of tokens.slice(0, -1)) {
      const child = has(parent, token) ? parent[token] : undefined
      if (!isObject(child)) throw invalidPatch('A path leads through what is no object')
      // Paths do not begin each other: what is copied twice is copied with what was set in it.
      const copy = copyOf(child)
      parent[token] = copy
      parent = copy
    }
    const name = tokens.at(-1) as string
    const value = patch[path] as Json
    if (value !== null) parent[name] = value
    else if (tokens.length === 1 && has(defaults, name)) parent[name] = defaults[name] as Json
    else delete parent[name]
  }
  return patched
}

function invalidPatch(description: string): SetFailure {
  return new SetFailure('invalidPatch', { description })
}

function unescapeToken(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}

function copyOf(object: JsonObject): Record<string, Json> {
  const copy = newMap<Json>()
  for (const [name, value] of Object.entries(object)) copy[name] = value
  return copy
}

function hasPrefixes(paths: readonly (readonly string[])[]): boolean {
  const all = new Set(paths.map((tokens) => JSON.stringify(tokens)))
  return paths.some((tokens) => tokens.some((_, at) => at > 0 && all.has(JSON.stringify(tokens.slice(0, at)))))
}

/** Whether two JSON values are the same. */
function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => sameJson(item, b[at]))
  if (isObject(a) && isObject(b)) {
    const names = Object.keys(a)
    return names.length === Object.keys(b).length && names.every((name) => has(b, name) && sameJson(a[name], b[name]))
  }
  return Object.is(a, b)
}

function valueOf(object: JsonObject, name: string): Json {
  return has(object, name) ? (object[name] ?? null) : null
}

/** Members that a patch has changed, but for those that it may. What is null is as if it were not there. */
export function changedMembers(before: JsonObject, after: JsonObject, mayChange: readonly string[]): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter(
    (name) => !mayChange.includes(name) && !sameJson(valueOf(before, name), valueOf(after, name)),
  )
}
