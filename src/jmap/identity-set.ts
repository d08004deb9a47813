// Identity/set (RFC 8621 §6.3).

import * as v from 'valibot'
import { SUBMISSION } from './capabilities.ts'
import type { Context } from './context.ts'
import { SetFailure, invalidProperties } from './failure.ts'
import type { Identity, IdentityFields } from './identities.ts'
import { type JsonObject, has } from './json-object.ts'
import { defineMethod } from './method.ts'
import { applyPatch, changedMembers } from './patch.ts'
import { SetAnswer, readSetRequest, setArguments } from './standard-set.ts'
import { checkState } from './state-strings.ts'

const DEFAULTS: JsonObject = { name: '', replyTo: null, bcc: null, textSignature: '', htmlSignature: '' }

/** Bytes of one identity, signatures included. */
const BYTES_MAX = 256 * 1024

const address = v.strictObject({ name: v.optional(v.nullable(v.string()), null), email: v.string() })
const addresses = v.nullable(v.pipe(v.array(address), v.maxLength(100)))

const fieldSchemas = {
  name: v.pipe(v.string(), v.maxLength(1000)),
  email: v.pipe(v.string(), v.minLength(3), v.maxLength(320)),
  replyTo: addresses,
  bcc: addresses,
  textSignature: v.string(),
  htmlSignature: v.string(),
}

export const identitySet = defineMethod(
  'Identity/set',
  SUBMISSION,
  v.strictObject(setArguments),
  async (context, args) => {
    context.checkAccount(args.accountId)
    const { identities } = context.shared
    const request = readSetRequest(args)
    const oldState = identities.state
    checkState(args.ifInState, oldState)
    const answer = new SetAnswer(context)
    for (const [creationId, object] of request.create) {
      await answer.attempt(answer.notCreated, creationId, async () => {
        answer.create(creationId, await create(context, object))
      })
    }
    for (const [reference, patch] of request.update) {
      await answer.attempt(answer.notUpdated, reference, async () => {
        if (request.destroy.includes(reference)) throw new SetFailure('willDestroy')
        answer.updated[await update(context, reference, patch)] = null
      })
    }
    for (const reference of request.destroy) {
      await answer.attempt(answer.notDestroyed, reference, async () => {
        const identity = identityOf(context, reference)
        if (!identity.mayDelete)
          throw new SetFailure('forbidden', { description: 'It is that of one of your addresses' })
        if (!(await identities.destroy(identity.id))) throw new SetFailure('notFound')
        answer.destroyed.push(identity.id)
      })
    }
    return { accountId: args.accountId, oldState, newState: identities.state, ...answer.toResponse() }
  },
)

async function create({ shared: { identities } }: Context, object: JsonObject): Promise<{ readonly id: string }> {
  const others = Object.keys(object).filter((name) => !has(DEFAULTS, name) && name !== 'email')
  if (others.length > 0) throw invalidProperties(others)
  const fields = readFields({ ...DEFAULTS, ...object })
  if (!identities.isAllowed(fields.email)) throw new SetFailure('forbiddenFrom')
  const id = await identities.create(fields)
  if (id === null) throw new SetFailure('overQuota', { description: 'Too many identities' })
  const omitted = Object.entries(DEFAULTS).filter(([name]) => !has(object, name))
  return { ...Object.fromEntries(omitted), id, mayDelete: true } as { id: string }
}

function identityOf(context: Context, reference: string): Identity {
  const identity = context.shared.identities.get(context.resolveId(reference) ?? '')
  if (identity === null) throw new SetFailure('notFound')
  return identity
}

async function update(context: Context, reference: string, patch: JsonObject): Promise<string> {
  const identity = identityOf(context, reference)
  const before = { ...identity } as unknown as JsonObject
  const after = applyPatch(before, patch, DEFAULTS)
  // What the server sets, and the address, which never changes.
  const wrong = changedMembers(before, after, Object.keys(DEFAULTS))
  if (wrong.length > 0) throw invalidProperties(wrong)
  const fields = readFields(after)
  if (!(await context.shared.identities.update({ ...identity, ...fields }))) {
    throw new SetFailure('overQuota', { description: 'Too many identities' })
  }
  return identity.id
}

/** Throws SetFailure that names all properties that are wrong. */
function readFields(object: JsonObject): IdentityFields {
  const wrong = Object.entries(fieldSchemas).filter(([name, schema]) => !v.is(schema, object[name]))
  if (wrong.length > 0) throw invalidProperties(wrong.map(([name]) => name))
  const fields = v.parse(v.object(fieldSchemas), object)
  if (Buffer.byteLength(JSON.stringify(fields)) > BYTES_MAX) throw new SetFailure('tooLarge', { maxSize: BYTES_MAX })
  return fields
}
