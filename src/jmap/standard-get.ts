// What all `/get` methods share (RFC 8620 §5.1).

import { MethodFailure } from './failure.ts'
import { OBJECTS_IN_GET_MAX } from './limits.ts'
import { id, ids, nullable, strings } from './schema.ts'

export const getArguments = { accountId: id, ids: nullable(ids), properties: nullable(strings) }

/** Each once. Throws MethodFailure. */
export function boundedIds(wanted: readonly string[]): string[] {
  if (wanted.length > OBJECTS_IN_GET_MAX) throw new MethodFailure('requestTooLarge', 'Too many ids')
  return [...new Set(wanted)]
}

/** `id` is always one of them. Null: all. Throws MethodFailure. */
export function knownProperties(wanted: readonly string[] | null, known: readonly string[]): ReadonlySet<string> {
  if (wanted === null) return new Set(known)
  if (wanted.some((name) => !known.includes(name))) {
    throw new MethodFailure('invalidArguments', 'properties: one of them is unknown')
  }
  return new Set(['id', ...wanted])
}

/** The object with the wanted ones of its properties. */
export function pick(object: Readonly<Record<string, unknown>>, properties: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => properties.has(name)))
}
