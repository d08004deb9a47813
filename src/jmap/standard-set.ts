// What all `/set` methods share (RFC 8620 §5.3): the arguments, the bounds, and the answer, in which each object succeeds or fails by itself.

import * as v from 'valibot'
import { CommitRefusedError } from '#account/account.ts'
import type { Context } from './context.ts'
import { MethodFailure, type SetError, SetFailure } from './failure.ts'
import { isId } from './ids.ts'
import { type JsonObject, isObject, newMap, orNull } from './json-object.ts'
import { OBJECTS_IN_SET_MAX } from './limits.ts'
import { anyObject, id, nullable, strings } from './schema.ts'

export const setArguments = {
  accountId: id,
  ifInState: nullable(v.string()),
  create: nullable(anyObject),
  update: nullable(anyObject),
  destroy: nullable(strings),
}

export interface SetRequest {
  /** By creation id. */
  readonly create: ReadonlyMap<string, JsonObject>
  /** By id, or `#` and a creation id. */
  readonly update: ReadonlyMap<string, JsonObject>
  readonly destroy: readonly string[]
}

interface SetArguments {
  readonly create: JsonObject | null
  readonly update: JsonObject | null
  readonly destroy: readonly string[] | null
}

/** Throws MethodFailure. */
export function readSetRequest({ create, update, destroy }: SetArguments): SetRequest {
  const creates = readObjects(create, 'create')
  const updates = readObjects(update, 'update')
  const destroys = [...new Set(destroy)]
  for (const creationId of creates.keys()) {
    if (!isId(creationId)) throw new MethodFailure('invalidArguments', 'create: a creation id is not an id')
  }
  if (creates.size + updates.size + destroys.length > OBJECTS_IN_SET_MAX) {
    throw new MethodFailure('requestTooLarge', 'Too many objects')
  }
  return { create: creates, update: updates, destroy: destroys }
}

/** Throws MethodFailure. */
export function readObjects(map: JsonObject | null, argument: string): Map<string, JsonObject> {
  const objects = new Map<string, JsonObject>()
  for (const [name, value] of Object.entries(map ?? {})) {
    if (!isObject(value)) throw new MethodFailure('invalidArguments', `${argument}: an entry is not an object`)
    objects.set(name, value)
  }
  return objects
}

/** Collects what becomes of each object. */
export class SetAnswer {
  readonly #context: Context
  readonly created = newMap<object>()
  readonly updated = newMap<object | null>()
  readonly destroyed: string[] = []
  readonly notCreated = newMap<SetError>()
  readonly notUpdated = newMap<SetError>()
  readonly notDestroyed = newMap<SetError>()

  constructor(context: Context) {
    this.#context = context
  }

  create(creationId: string, object: { readonly id: string }): void {
    this.created[creationId] = object
    this.#context.createdIds.set(creationId, object.id)
  }

  /** Runs what may fail for one object only. */
  async attempt(failed: Record<string, SetError>, name: string, action: () => void | Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      failed[name] = setErrorOf(error)
    }
    await this.#context.pause()
  }

  /** The response's arguments but accountId and states. */
  toResponse(): Record<string, unknown> {
    return {
      created: orNull(this.created),
      updated: orNull(this.updated),
      destroyed: this.destroyed.length === 0 ? null : this.destroyed,
      notCreated: orNull(this.notCreated),
      notUpdated: orNull(this.notUpdated),
      notDestroyed: orNull(this.notDestroyed),
    }
  }
}

/** Throws what is no failure of one object. */
export function setErrorOf(error: unknown): SetError {
  if (error instanceof SetFailure) return error.error
  if (!(error instanceof CommitRefusedError)) throw error
  switch (error.reason) {
    case 'overQuota':
      return { type: 'overQuota' }
    case 'tooLarge':
      return { type: 'tooLarge' }
    case 'readOnly':
      return { type: 'forbidden' }
    case 'noSpace':
    case 'unavailable':
      return { type: 'serverUnavailable', description: 'Nothing can be stored at the moment' }
  }
}
