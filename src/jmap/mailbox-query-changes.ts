// Mailbox/queryChanges (RFC 8621 §2.4). There are few mailboxes and any of them may have moved: every mailbox that is in the result is taken out and put in
// again, if anything but counts has changed.

import * as v from 'valibot'
import { MAIL } from './capabilities.ts'
import { checkNumber, queryChangesArguments } from './email-query-changes.ts'
import { formatMailboxId } from './ids.ts'
import { mailboxQueryArguments, queryMailboxes } from './mailbox-query.ts'
import { defineMethod } from './method.ts'
import { mailboxState, parseMailboxState } from './state-strings.ts'

const schema = v.strictObject({ ...queryChangesArguments, ...mailboxQueryArguments })

export const mailboxQueryChanges = defineMethod('Mailbox/queryChanges', MAIL, schema, (context, args) => {
  context.checkAccount(args.accountId)
  const { account } = context
  const since = parseMailboxState(account, args.sinceQueryState)
  const { destroyed } = account.mailboxChangesSince(since.modseq)
  const ids = queryMailboxes(context, args)
  const mailboxes = account.mailboxes()
  const hasChanged =
    destroyed.length > 0 || mailboxes.some(({ id, modseq }) => id > since.last || modseq > since.modseq)
  const old = hasChanged ? [...mailboxes.map(({ id }) => id), ...destroyed].filter((id) => id <= since.last) : []
  const added = hasChanged ? ids.map((id, index) => ({ id, index })) : []
  checkNumber(old.length + added.length, args.maxChanges)
  return {
    accountId: args.accountId,
    oldQueryState: args.sinceQueryState,
    newQueryState: mailboxState(account),
    ...(args.calculateTotal ? { total: ids.length } : {}),
    removed: old.map(formatMailboxId),
    added,
  }
})
