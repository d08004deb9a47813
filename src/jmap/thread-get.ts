// Thread/get (RFC 8621 §3.1).

import * as v from 'valibot'
import { MAIL } from './capabilities.ts'
import { MethodFailure } from './failure.ts'
import { formatEmailId, parseThreadId } from './ids.ts'
import { defineMethod } from './method.ts'
import { shownThread } from './shown.ts'
import { boundedIds, getArguments, knownProperties, pick } from './standard-get.ts'
import { threadState } from './state-strings.ts'

const PROPERTIES = ['id', 'emailIds']

export const threadGet = defineMethod('Thread/get', MAIL, v.strictObject(getArguments), async (context, args) => {
  context.checkAccount(args.accountId)
  const { account } = context
  const properties = knownProperties(args.properties, PROPERTIES)
  // There may be a million.
  if (args.ids === null) throw new MethodFailure('requestTooLarge', 'ids: null is not supported for threads')
  const state = threadState(account)
  const list: object[] = []
  const notFound: string[] = []
  for (const id of boundedIds(args.ids)) {
    const thread = parseThreadId(id)
    const emails = thread === null ? [] : shownThread(account, thread)
    if (emails.length === 0) notFound.push(id)
    else {
      context.spend(emails.length * 12)
      list.push(pick({ id, emailIds: emails.map(formatEmailId) }, properties))
    }
    await context.pause()
  }
  return { accountId: args.accountId, state, list, notFound }
})
