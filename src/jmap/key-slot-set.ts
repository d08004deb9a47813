// KeySlot/set, KeySlot/changePassword and KeySlot/beginPasskey (docs/formats/jmap-keys.md §3 to §5): app passwords and passkeys are made and revoked, and the
// owner's password is changed. Each asks for the owner's password again: a page that somebody left open is not enough.

import * as v from 'valibot'
import { wipe } from '#base/bytes.ts'
import { APP_ACCESSES, APP_PROTOCOLS, type AppPasswordRequest, appPasswordProblem } from '#account/app-passwords.ts'
import { KEYS } from './capabilities.ts'
import type { Context } from './context.ts'
import { MethodFailure, SetFailure, invalidProperties } from './failure.ts'
import type { OwnerKeys } from './host.ts'
import type { JsonObject } from './json-object.ts'
import { createPasskey, passkeyRequestObject } from './key-slot-passkey.ts'
import { formatKeySlotId, keySlotObject, keySlotState, parseKeySlotId } from './key-slot-object.ts'
import { PASSWORD_BYTES_MAX } from './limits.ts'
import { defineMethod } from './method.ts'
import { id, nullable, utcDate } from './schema.ts'
import { SetAnswer, readSetRequest, setArguments } from './standard-set.ts'
import { checkState } from './state-strings.ts'

const password = v.pipe(
  v.string(),
  v.check((text) => text.isWellFormed() && text !== '' && Buffer.byteLength(text) <= PASSWORD_BYTES_MAX, 'a password'),
)

const setSchema = v.strictObject({ ...setArguments, ownerPassword: password })

export const keySlotSet = defineMethod('KeySlot/set', KEYS, setSchema, async (context, args) => {
  context.checkAccount(args.accountId)
  const request = readSetRequest(args)
  const oldState = stateOf(context)
  checkState(args.ifInState, oldState)
  const owner = await asOwner(context, args.ownerPassword)
  const answer = new SetAnswer(context)
  for (const [creationId, object] of request.create) {
    await answer.attempt(answer.notCreated, creationId, async () => {
      answer.create(creationId, await create(context, owner, object))
    })
  }
  for (const name of request.update.keys()) {
    // What one is good for is what its owner agreed to when it was made.
    answer.notUpdated[name] = { type: 'forbidden', description: 'It cannot be changed: revoke it, and make another' }
  }
  for (const name of request.destroy) {
    await answer.attempt(answer.notDestroyed, name, async () => {
      const slot = parseKeySlotId(context.resolveId(name) ?? '')
      if (slot === null || !(await revoke(owner, slot))) throw new SetFailure('notFound')
      answer.destroyed.push(formatKeySlotId(slot))
    })
  }
  return { accountId: args.accountId, oldState, newState: stateOf(context), ...answer.toResponse() }
})

async function revoke(owner: OwnerKeys, slot: string): Promise<boolean> {
  return (await owner.revokeAppPassword(slot)) || (await owner.revokePasskey(slot))
}

const createSchema = v.strictObject({
  kind: v.literal('appPassword'),
  label: v.string(),
  protocols: v.pipe(v.array(v.picklist(APP_PROTOCOLS)), v.maxLength(APP_PROTOCOLS.length)),
  access: v.picklist(APP_ACCESSES),
  expires: nullable(utcDate),
})

type Created = { readonly id: string } & Readonly<Record<string, unknown>>

/** The properties that the client does not know. */
async function create(context: Context, owner: OwnerKeys, object: JsonObject): Promise<Created> {
  if (object['kind'] !== 'passkey') return createAppPassword(context, owner, object)
  const id = await createPasskey(owner, object)
  return { ...shownSlot(context, id), id: formatKeySlotId(id) }
}

/** Its password among them. */
async function createAppPassword(context: Context, owner: OwnerKeys, object: JsonObject): Promise<Created> {
  const read = v.safeParse(createSchema, object)
  if (!read.success) throw invalidProperties(read.issues.map((issue) => v.getDotPath(issue)?.split('.')[0] ?? 'kind'))
  const { label, access, expires, protocols } = read.output
  const request: AppPasswordRequest = { label, scope: { protocols: [...new Set(protocols)], access, expires } }
  const problem = appPasswordProblem(request, context.host.now())
  if (problem !== null) throw invalidProperties([problem])
  const made = await owner.addAppPassword(request)
  if (made === 'tooMany') throw new SetFailure('overQuota', { description: 'There are too many app passwords' })
  const shown = shownSlot(context, made.id)
  const text = made.password.toString('latin1')
  wipe(made.password)
  return { ...shown, id: formatKeySlotId(made.id), password: text, login: context.account.address }
}

function shownSlot({ host }: Context, made: string): Readonly<Record<string, unknown>> {
  const slot = host.keys.slots().find(({ id }) => id === made)
  return slot === undefined ? {} : keySlotObject(slot, host.now())
}

const beginSchema = v.strictObject({ accountId: id, ownerPassword: password })

export const keySlotBeginPasskey = defineMethod('KeySlot/beginPasskey', KEYS, beginSchema, async (context, args) => {
  context.checkAccount(args.accountId)
  const owner = await asOwner(context, args.ownerPassword)
  return { accountId: args.accountId, ...passkeyRequestObject(owner.beginPasskey()) }
})

const changeSchema = v.strictObject({ accountId: id, ownerPassword: password, newPassword: password })

export const keySlotChangePassword = defineMethod(
  'KeySlot/changePassword',
  KEYS,
  changeSchema,
  async (context, args) => {
    context.checkAccount(args.accountId)
    const owner = await asOwner(context, args.ownerPassword)
    const changed = Buffer.from(args.newPassword)
    try {
      await owner.changePassword(changed, context.access)
    } finally {
      wipe(changed)
    }
    return { accountId: args.accountId, state: stateOf(context) }
  },
)

/** Throws MethodFailure. */
async function asOwner(context: Context, text: string): Promise<OwnerKeys> {
  const given = Buffer.from(text)
  try {
    const owner = await context.host.keys.asOwner(given)
    if (typeof owner !== 'string') return owner
    if (owner === 'unavailable') throw new MethodFailure('serverUnavailable')
    throw new MethodFailure(owner)
  } finally {
    wipe(given)
  }
}

function stateOf({ host }: Context): string {
  return keySlotState(host.keys.slots().map((slot) => keySlotObject(slot, host.now())))
}
