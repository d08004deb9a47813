// KeySlot/set and KeySlot/changePassword (docs/formats/jmap-keys.md §3 and §4): app passwords are made and revoked, and the owner's password is changed.
// Each asks for the owner's password again: a page that somebody left open is not enough.

import * as v from 'valibot'
import { wipe } from '#base/bytes.ts'
import { APP_ACCESSES, APP_PROTOCOLS, type AppPasswordRequest, appPasswordProblem } from '#account/app-passwords.ts'
import { KEYS } from './capabilities.ts'
import type { Context } from './context.ts'
import { MethodFailure, SetFailure, invalidProperties } from './failure.ts'
import type { OwnerKeys } from './host.ts'
import type { JsonObject } from './json-object.ts'
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
      if (slot === null || !(await owner.revokeAppPassword(slot))) throw new SetFailure('notFound')
      answer.destroyed.push(formatKeySlotId(slot))
    })
  }
  return { accountId: args.accountId, oldState, newState: stateOf(context), ...answer.toResponse() }
})

const createSchema = v.strictObject({
  kind: v.literal('appPassword'),
  label: v.string(),
  protocols: v.pipe(v.array(v.picklist(APP_PROTOCOLS)), v.maxLength(APP_PROTOCOLS.length)),
  access: v.picklist(APP_ACCESSES),
  expires: nullable(utcDate),
})

/** The properties that the client does not know, its password among them. */
async function create(
  context: Context,
  owner: OwnerKeys,
  object: JsonObject,
): Promise<{ readonly id: string } & Readonly<Record<string, unknown>>> {
  const read = v.safeParse(createSchema, object)
  if (!read.success) throw invalidProperties(read.issues.map((issue) => v.getDotPath(issue)?.split('.')[0] ?? 'kind'))
  const { label, access, expires, protocols } = read.output
  const request: AppPasswordRequest = { label, scope: { protocols: [...new Set(protocols)], access, expires } }
  const problem = appPasswordProblem(request, context.host.now())
  if (problem !== null) throw invalidProperties([problem])
  const made = await owner.addAppPassword(request)
  if (made === 'tooMany') throw new SetFailure('overQuota', { description: 'There are too many app passwords' })
  const slot = context.host.keys.slots().find(({ id }) => id === made.id)
  const shown = slot === undefined ? {} : keySlotObject(slot, context.host.now())
  const text = made.password.toString('latin1')
  wipe(made.password)
  return { ...shown, id: formatKeySlotId(made.id), password: text, login: context.account.address }
}

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
