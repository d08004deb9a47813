// Types of arguments (RFC 8620 §1.2 to §1.4), as schemas. What an argument may be beyond its type is its method's business.

import * as v from 'valibot'
import { isId } from './ids.ts'
import { isObject, type JsonObject } from './json-object.ts'
import { parseUtcDate } from './dates.ts'
import { MethodFailure } from './failure.ts'

export const id = v.pipe(v.string(), v.check(isId, 'not an id'))
export const ids = v.array(id)
export const strings = v.array(v.string())
export const flag = v.boolean()
export const int = v.pipe(v.number(), v.safeInteger())
export const unsigned = v.pipe(int, v.minValue(0))
export const positive = v.pipe(int, v.minValue(1))
/** Milliseconds since the Unix epoch. */
export const utcDate = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const date = parseUtcDate(dataset.value)
    if (date !== null) return date
    addIssue({ message: 'not a UTCDate' })
    return NEVER
  }),
)
/** An object whose members are looked at one by one. */
export const anyObject = v.custom<JsonObject>(isObject, 'not an object')

/** An argument that may be left out, or be null. */
export function nullable<T extends v.GenericSchema>(schema: T): v.OptionalSchema<v.NullableSchema<T, undefined>, null> {
  return v.optional(v.nullable(schema), null)
}

export function withDefault<T extends v.GenericSchema>(
  schema: T,
  value: v.InferInput<T>,
): v.OptionalSchema<T, v.InferInput<T>> {
  return v.optional(schema, value as never)
}

/** The arguments, or a MethodFailure that says which is wrong. */
export function readArguments<T extends v.GenericSchema>(schema: T, args: unknown): v.InferOutput<T> {
  const result = v.safeParse(schema, args, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  // The path names arguments and positions, never what was in them.
  const path = v.getDotPath(issue) ?? 'the arguments'
  throw new MethodFailure(
    'invalidArguments',
    `${path.slice(0, 200)}: ${issue.kind === 'schema' ? issue.type : 'value'}`,
  )
}
