// Blob/copy (RFC 8620 §6.3). There is one account, so that there is no other to copy from.

import * as v from 'valibot'
import { CORE } from './capabilities.ts'
import { MethodFailure } from './failure.ts'
import { defineMethod } from './method.ts'
import { id, ids } from './schema.ts'

const schema = v.strictObject({ fromAccountId: id, accountId: id, blobIds: ids })

export const blobCopy = defineMethod('Blob/copy', CORE, schema, (context, { fromAccountId, accountId }) => {
  context.checkAccount(accountId)
  if (fromAccountId !== accountId) throw new MethodFailure('fromAccountNotFound')
  throw new MethodFailure('invalidArguments', 'fromAccountId: the same as accountId')
})
