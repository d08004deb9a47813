// Email/copy (RFC 8621 §4.7). There is one account, so that there is no other to copy from.

import * as v from 'valibot'
import { MAIL } from './capabilities.ts'
import { MethodFailure } from './failure.ts'
import { defineMethod } from './method.ts'
import { anyObject, flag, id, nullable, withDefault } from './schema.ts'

const schema = v.strictObject({
  fromAccountId: id,
  ifFromInState: nullable(v.string()),
  accountId: id,
  ifInState: nullable(v.string()),
  create: anyObject,
  onSuccessDestroyOriginal: withDefault(flag, false),
  destroyFromIfInState: nullable(v.string()),
})

export const emailCopy = defineMethod('Email/copy', MAIL, schema, (context, { fromAccountId, accountId }) => {
  context.checkAccount(accountId)
  if (fromAccountId !== accountId) throw new MethodFailure('fromAccountNotFound')
  throw new MethodFailure('invalidArguments', 'fromAccountId: the same as accountId')
})
