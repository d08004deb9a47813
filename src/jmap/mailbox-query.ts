// Mailbox/query (RFC 8621 §2.3).

import * as v from 'valibot'
import type { MailboxId } from '#base/ids.ts'
import type { Account, Mailbox } from '#account/account.ts'
import { MAIL } from './capabilities.ts'
import type { Context } from './context.ts'
import { comparators } from './email-sort.ts'
import { formatMailboxId } from './ids.ts'
import {
  type MailboxOrderOf,
  type MailboxTest,
  mailboxCondition,
  parseFilter,
  parseMailboxSort,
} from './mailbox-filter.ts'
import { defineMethod } from './method.ts'
import { anyObject, flag, nullable, withDefault } from './schema.ts'
import { queryArguments, windowOf } from './standard-query.ts'
import { mailboxState } from './state-strings.ts'

export const mailboxQueryArguments = {
  filter: nullable(anyObject),
  sort: comparators,
  sortAsTree: withDefault(flag, false),
  filterAsTree: withDefault(flag, false),
}

const schema = v.strictObject({ ...queryArguments, ...mailboxQueryArguments })

export const mailboxQuery = defineMethod('Mailbox/query', MAIL, schema, (context, args) => {
  context.checkAccount(args.accountId)
  const ids = queryMailboxes(context, args)
  return {
    accountId: args.accountId,
    queryState: mailboxState(context.account),
    canCalculateChanges: true,
    ...windowOf({ length: ids.length, idAt: (at) => ids[at] as string, indexOf: (id) => ids.indexOf(id) }, args),
  }
})

/** The ids of those that match, in order. Throws MethodFailure. */
export function queryMailboxes(
  { account }: Context,
  args: v.InferOutput<v.StrictObjectSchema<typeof mailboxQueryArguments, undefined>>,
): string[] {
  const test = parseFilter(args.filter, mailboxCondition)
  const compare = parseMailboxSort(args.sort)
  const found = account.mailboxes().filter(args.filterAsTree ? inTree(account, test) : test)
  const sorted = args.sortAsTree ? sortTree(account, found, compare) : found.toSorted(compare)
  return sorted.map(({ id }) => formatMailboxId(id))
}

/** All above it match, too. */
function inTree(account: Account, test: MailboxTest): MailboxTest {
  const known = new Map<MailboxId, boolean>()
  const matches = (mailbox: Mailbox): boolean => {
    let result = known.get(mailbox.id)
    if (result === undefined) {
      const parent = mailbox.parent === null ? null : account.mailbox(mailbox.parent)
      result = test(mailbox) && (parent === null || matches(parent))
      known.set(mailbox.id, result)
    }
    return result
  }
  return matches
}

/** The whole tree in order, of which those that were found are taken: what stands between two of them decides their order, too. */
function sortTree(account: Account, found: readonly Mailbox[], compare: MailboxOrderOf): Mailbox[] {
  const children = Map.groupBy(account.mailboxes(), ({ parent }) => parent)
  const wanted = new Set(found.map(({ id }) => id))
  const sorted: Mailbox[] = []
  const visit = (parent: MailboxId | null): void => {
    for (const mailbox of (children.get(parent) ?? []).toSorted(compare)) {
      if (wanted.has(mailbox.id)) sorted.push(mailbox)
      visit(mailbox.id)
    }
  }
  visit(null)
  return sorted
}
