// JSON values as they were parsed, and objects whose member names a client chose.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object that has no members, not even inherited ones: any name is safe in it. */
export function newMap<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}

/** The map, or null if it is empty. */
export function orNull<T>(map: Record<string, T>): Record<string, T> | null {
  for (const _ in map) return map
  return null
}

export function has(object: JsonObject, name: string): boolean {
  return Object.hasOwn(object, name)
}
