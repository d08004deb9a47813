// Mailbox/get (RFC 8621 §2.1).

import * as v from 'valibot'
import { MAIL } from './capabilities.ts'
import { parseMailboxId } from './ids.ts'
import { MAILBOX_PROPERTIES, mailboxObject } from './mailbox-object.ts'
import { defineMethod } from './method.ts'
import { boundedIds, getArguments, knownProperties, pick } from './standard-get.ts'
import { mailboxState } from './state-strings.ts'

export const mailboxGet = defineMethod('Mailbox/get', MAIL, v.strictObject(getArguments), async (context, args) => {
  context.checkAccount(args.accountId)
  const { account } = context
  const isReadOnly = context.access.kind === 'readOnly'
  const properties = knownProperties(args.properties, MAILBOX_PROPERTIES)
  const ids = args.ids === null ? null : boundedIds(args.ids)
  const wanted = ids?.map((id) => [id, parseMailboxId(id)] as const)
  const answer = (threadsOf: Parameters<Parameters<typeof context.index.threadCounts.use>[1]>[0]): object => {
    const found = wanted?.map(([, id]) => (id === null ? null : account.mailbox(id))) ?? account.mailboxes()
    return {
      accountId: args.accountId,
      state: mailboxState(account),
      list: found
        .filter((mailbox) => mailbox !== null)
        .map((mailbox) => pick(mailboxObject(account, mailbox, threadsOf(mailbox.id), isReadOnly), properties)),
      notFound: wanted?.filter((_, at) => found[at] === null).map(([id]) => id) ?? [],
    }
  }
  const needsThreads = properties.has('totalThreads') || properties.has('unreadThreads')
  const response = needsThreads
    ? await context.index.threadCounts.use(context.slice, answer)
    : answer(() => ({ threads: 0, unread: 0 }))
  return response as Record<string, unknown>
})
