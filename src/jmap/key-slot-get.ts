// KeySlot/get (docs/formats/jmap-keys.md §2): what opens the account.

import * as v from 'valibot'
import { KEYS } from './capabilities.ts'
import { KEY_SLOT_PROPERTIES, keySlotObject, keySlotState } from './key-slot-object.ts'
import { defineMethod } from './method.ts'
import { boundedIds, getArguments, knownProperties, pick } from './standard-get.ts'

export const keySlotGet = defineMethod('KeySlot/get', KEYS, v.strictObject(getArguments), (context, args) => {
  context.checkAccount(args.accountId)
  const properties = knownProperties(args.properties, KEY_SLOT_PROPERTIES)
  const all = context.host.keys.slots().map((slot) => keySlotObject(slot, context.host.now()))
  const ids = args.ids === null ? null : boundedIds(args.ids)
  const found = ids === null ? all : all.filter(({ id }) => ids.includes(id as string))
  return {
    accountId: args.accountId,
    state: keySlotState(all),
    list: found.map((slot) => pick(slot, properties)),
    notFound: ids?.filter((id) => !all.some((slot) => slot.id === id)) ?? [],
  }
})
