// Email/queryChanges (RFC 8621 §4.5). Exact for any query and any age of the client's state: what changed since then is known, and where it is in the
// result now. E-mails that may have moved are taken out and put in again, as RFC 8620 §5.6 has it.

import * as v from 'valibot'
import type { EmailId, MailboxId, Modseq } from '#base/ids.ts'
import type { Account, EmailChange } from '#account/account.ts'
import { MAIL } from './capabilities.ts'
import type { Context } from './context.ts'
import { isMutable } from './email-filter.ts'
import {
  type EmailList,
  type EmailQuery,
  type SimpleQuery,
  concernsThreads,
  simpleQuery,
  withEmailList,
} from './email-list.ts'
import { emailQueryArguments, formatQueryState, parseEmailQuery } from './email-query.ts'
import { isMutableSort } from './email-sort.ts'
import { MethodFailure } from './failure.ts'
import { formatEmailId, parseEmailId } from './ids.ts'
import { QUERY_CHANGES_MAX } from './limits.ts'
import { defineMethod } from './method.ts'
import { flag, id, nullable, unsigned, withDefault } from './schema.ts'
import { unknownState } from './state-strings.ts'

export const queryChangesArguments = {
  accountId: id,
  sinceQueryState: v.string(),
  maxChanges: nullable(unsigned),
  upToId: nullable(id),
  calculateTotal: withDefault(flag, false),
}

const schema = v.strictObject({ ...queryChangesArguments, ...emailQueryArguments })

export const emailQueryChanges = defineMethod('Email/queryChanges', MAIL, schema, (context, args) => {
  context.checkAccount(args.accountId)
  const query = parseEmailQuery(args)
  const since = parseQueryState(context.account, query, args.sinceQueryState)
  return withEmailList(context, query, (list) => {
    const { gone, touched } = touchedSince(context, query, since)
    const upTo = upToPosition(query, list, args.upToId)
    const added = touched
      .map((email) => ({ email, index: list.indexOf(email) }))
      .filter(({ index }) => index >= 0 && index <= upTo)
      .sort((a, b) => a.index - b.index)
    checkNumber(gone.length + added.length, args.maxChanges)
    return {
      accountId: args.accountId,
      oldQueryState: args.sinceQueryState,
      newQueryState: formatQueryState(query, list),
      ...(args.calculateTotal ? { total: list.length } : {}),
      removed: gone.map(formatEmailId),
      added: added.map(({ email, index }) => ({ id: formatEmailId(email), index })),
    }
  })
})

/** Throws MethodFailure. */
export function checkNumber(changes: number, maxChanges: number | null): void {
  if (maxChanges !== null && changes > maxChanges) throw new MethodFailure('tooManyChanges')
  if (changes > QUERY_CHANGES_MAX) throw unknownState()
}

interface QueryState {
  readonly modseq: Modseq
  readonly uidNext: number
}

function parseQueryState(account: Account, query: EmailQuery, text: string): QueryState {
  const pattern = simpleQuery(query) === null ? /^g(\d{1,16})$/ : /^s(\d{1,16})-(\d{1,10})$/
  const match = pattern.exec(text)
  if (match === null || Number(match[1]) > account.modseq) throw unknownState()
  return { modseq: Number(match[1]) as Modseq, uidNext: Number(match[2] ?? 0) }
}

/** `gone`: e-mails that may have been in the old result, and are not there any more or may stand elsewhere. `touched`: those, and new ones. */
function touchedSince(
  context: Context,
  query: EmailQuery,
  since: QueryState,
): { readonly gone: EmailId[]; readonly touched: EmailId[] } {
  const { account } = context
  const { created, updated, destroyed } = account.changesSince(since.modseq)
  const stays = whoStays(account, query, since)
  const changed = [...updated.filter((change) => !stays(change)), ...destroyed]
  const isNew = new Set(created.map(({ email }) => email))
  const touched = new Set([...isNew, ...changed.map(({ email }) => email)])
  if (concernsThreads(query)) {
    for (const thread of new Set([...created, ...changed].map(({ thread }) => thread))) {
      for (const email of account.thread(thread)) touched.add(email)
    }
  }
  return { gone: [...touched].filter((email) => !isNew.has(email)), touched: [...touched] }
}

/** Which updates of e-mails do not concern the query. */
function whoStays(account: Account, query: EmailQuery, since: QueryState): (change: EmailChange) => boolean {
  const simple: SimpleQuery | null = simpleQuery(query)
  if (simple === null) {
    const isFixed = !isMutable(query.filter) && !isMutableSort(query.sort)
    return () => isFixed
  }
  const { mailbox } = simple
  if (mailbox === null) return () => true
  return ({ email, isMarked }) => !isMarked && isOldMember(account, email, mailbox, since.uidNext)
}

/** It has been in the mailbox all the time. */
function isOldMember(account: Account, email: EmailId, mailbox: MailboxId, uidNext: number): boolean {
  const membership = account.uidsOf(email).find((membership) => membership.mailbox === mailbox)
  return membership !== undefined && membership.uid < uidNext
}

/** RFC 8620 §5.6: what comes behind it is left out where nothing can move. */
function upToPosition(query: EmailQuery, list: EmailList, upToId: string | null): number {
  const isFixed = !isMutable(query.filter) && !isMutableSort(query.sort) && !query.collapseThreads
  const email = upToId === null || !isFixed ? null : parseEmailId(upToId)
  const position = email === null ? -1 : list.indexOf(email)
  return position < 0 ? Infinity : position
}
