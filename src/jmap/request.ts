// The Request object (RFC 8620 §3.3): what it must look like before any of its calls is run. Members that are not known are ignored, as the RFC
// has it; everything else that does not fit refuses the request as a whole.

import { type Result, fail, ok } from '#base/result.ts'
import { CAPABILITIES } from './capabilities.ts'
import { isId } from './ids.ts'
import { type Json, type JsonObject, isObject } from './json-object.ts'
import { CALLS_IN_REQUEST_MAX } from './limits.ts'
import { type Problem, limitExceeded, notRequest, unknownCapability } from './problem.ts'

export interface Invocation {
  readonly name: string
  readonly args: JsonObject
  readonly callId: string
}

export interface ApiRequest {
  readonly using: ReadonlySet<string>
  readonly calls: readonly Invocation[]
  /** Null if the client did not give it: then it does not get it back. */
  readonly createdIds: ReadonlyMap<string, string> | null
}

export function readRequest(value: Json): Result<ApiRequest, Problem> {
  if (!isObject(value)) return fail(notRequest('The request is not an object'))
  const { using, methodCalls, createdIds = null } = value
  if (!isStrings(using)) return fail(notRequest('using is not a list of strings'))
  if (!Array.isArray(methodCalls)) return fail(notRequest('methodCalls is not a list'))
  const calls: Invocation[] = []
  for (const call of methodCalls as readonly Json[]) {
    const invocation = readInvocation(call)
    if (invocation === null) return fail(notRequest('A method call is not a name, an object and an id'))
    calls.push(invocation)
  }
  const ids = createdIds === null ? null : readIds(createdIds)
  if (createdIds !== null && ids === null) return fail(notRequest('createdIds is not a map of ids'))
  if (using.some((capability) => !CAPABILITIES.has(capability))) return fail(unknownCapability())
  if (calls.length > CALLS_IN_REQUEST_MAX) {
    return fail(limitExceeded('maxCallsInRequest', 'The request has too many method calls'))
  }
  return ok({ using: new Set(using), calls, createdIds: ids })
}

function isStrings(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function readInvocation(value: Json): Invocation | null {
  if (!Array.isArray(value) || value.length !== 3) return null
  const [name, args, callId] = value as readonly Json[]
  return typeof name === 'string' && isObject(args) && typeof callId === 'string' ? { name, args, callId } : null
}

function readIds(value: Json): Map<string, string> | null {
  if (!isObject(value)) return null
  const ids = new Map<string, string>()
  for (const [creationId, id] of Object.entries(value)) {
    if (!isId(creationId) || typeof id !== 'string' || !isId(id)) return null
    ids.set(creationId, id)
  }
  return ids
}
