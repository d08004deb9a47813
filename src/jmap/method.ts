// One JMAP method: its name, the capability it belongs to, what its arguments must look like, and what it does.

import type * as v from 'valibot'
import type { Capability } from './capabilities.ts'
import type { Context } from './context.ts'
import { readArguments } from './schema.ts'

export type ResponseArguments = Readonly<Record<string, unknown>>

/** A response under another method's name, of a call that the method made by itself (RFC 8620 §3.2). */
export interface ImplicitResponse {
  readonly name: string
  readonly args: ResponseArguments
}

export interface MethodResult {
  readonly args: ResponseArguments
  readonly implicit?: readonly ImplicitResponse[]
}

export interface Method {
  readonly name: string
  readonly capability: Capability
  /** Throws MethodFailure. */
  call(context: Context, args: unknown): Promise<MethodResult>
}

export function defineMethod<T extends v.GenericSchema>(
  name: string,
  capability: Capability,
  schema: T,
  run: (context: Context, args: v.InferOutput<T>) => ResponseArguments | Promise<ResponseArguments>,
): Method {
  return {
    name,
    capability,
    call: async (context, args) => ({ args: await run(context, readArguments(schema, args)) }),
  }
}

/** A method that may make calls of its own. */
export function defineCompoundMethod<T extends v.GenericSchema>(
  name: string,
  capability: Capability,
  schema: T,
  run: (context: Context, args: v.InferOutput<T>) => Promise<MethodResult>,
): Method {
  return { name, capability, call: (context, args) => run(context, readArguments(schema, args)) }
}
