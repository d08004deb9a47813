// Email/query (RFC 8621 §4.4).

import * as v from 'valibot'
import { MAIL } from './capabilities.ts'
import { parseEmailFilter } from './email-filter.ts'
import { type EmailList, type EmailQuery, simpleQuery, withEmailList } from './email-list.ts'
import { comparators, parseEmailSort } from './email-sort.ts'
import { formatEmailId, parseEmailId } from './ids.ts'
import { defineMethod } from './method.ts'
import { anyObject, flag, nullable, withDefault } from './schema.ts'
import { queryArguments, windowOf } from './standard-query.ts'

export const emailQueryArguments = {
  filter: nullable(anyObject),
  sort: comparators,
  collapseThreads: withDefault(flag, false),
}

const schema = v.strictObject({ ...queryArguments, ...emailQueryArguments })

/** Throws MethodFailure. */
export function parseEmailQuery(
  args: v.InferOutput<v.StrictObjectSchema<typeof emailQueryArguments, undefined>>,
): EmailQuery {
  return {
    filter: parseEmailFilter(args.filter),
    sort: parseEmailSort(args.sort),
    collapseThreads: args.collapseThreads,
  }
}

/** Of a mailbox's order: `s`, the mailbox's last change, and the UID that its next e-mail gets. Of others: `g` and the last change of any e-mail. */
export function formatQueryState(query: EmailQuery, { modseq, uidNext }: EmailList): string {
  return simpleQuery(query) === null ? `g${modseq}` : `s${modseq}-${uidNext}`
}

export const emailQuery = defineMethod('Email/query', MAIL, schema, (context, args) => {
  context.checkAccount(args.accountId)
  const query = parseEmailQuery(args)
  return withEmailList(context, query, (list) => ({
    accountId: args.accountId,
    queryState: formatQueryState(query, list),
    canCalculateChanges: true,
    ...windowOf(
      {
        length: list.length,
        idAt: (position) => formatEmailId(list.at(position) as never),
        indexOf: (id) => {
          const email = parseEmailId(id)
          return email === null ? -1 : list.indexOf(email)
        },
      },
      args,
    ),
  }))
})
