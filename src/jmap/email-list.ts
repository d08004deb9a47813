// The e-mails of a query as a list: of the mailbox's order, which is always there, for the query that a mail client makes most; found, put in order
// and kept for a while for all others.

import type { MailboxId, Modseq } from '#base/ids.ts'
import type { Account } from '#account/account.ts'
import type { Context } from './context.ts'
import { type FilterNode, conjuncts, dependsOnThread } from './email-filter.ts'
import { EmailMatcher, type TextNode, hasWords } from './email-match.ts'
import { orderEmails } from './email-order.ts'
import { type EmailComparator, sortsByThread } from './email-sort.ts'

export interface EmailQuery {
  readonly filter: FilterNode
  readonly sort: readonly EmailComparator[]
  readonly collapseThreads: boolean
}

/** Valid until somebody waits for something. */
export interface EmailList {
  readonly length: number
  at(position: number): number
  /** Or -1. */
  indexOf(email: number): number
  /** Of which the list is. */
  readonly modseq: Modseq
  /** For a mailbox's own order: the UID that the next e-mail in it gets. */
  readonly uidNext: number
}

/** A whole mailbox, or everything, by received date. */
export interface SimpleQuery {
  /** Null: all e-mails. */
  readonly mailbox: MailboxId | null
  readonly isAscending: boolean
}

/** Null if the query asks for anything else. */
export function simpleQuery({ filter, sort, collapseThreads }: EmailQuery): SimpleQuery | null {
  const parts = conjuncts(filter)
  const [part] = parts
  if (parts.length > 1 || (part !== undefined && (part.kind !== 'inMailbox' || part.mailbox === null))) return null
  const [comparator] = sort
  if (sort.length > 1 || (comparator !== undefined && comparator.property !== 'receivedAt')) return null
  const isAscending = comparator?.isAscending ?? false
  // Then the oldest e-mail stands for a thread.
  if (isAscending && collapseThreads) return null
  return { mailbox: part?.kind === 'inMailbox' ? part.mailbox : null, isAscending }
}

/** Gives the list to `action`, which must not wait. */
export async function withEmailList<T>(
  context: Context,
  query: EmailQuery,
  action: (list: EmailList) => T,
): Promise<T> {
  const simple = simpleQuery(query)
  if (simple === null) return action(await foundList(context, query))
  const { account } = context
  return context.index.order(simple.mailbox).use(context.slice, query.collapseThreads, (order) => {
    const { length } = order
    const mirrored = (position: number): number => (simple.isAscending ? length - 1 - position : position)
    return action({
      length,
      at: (position) => order.at(mirrored(position)),
      indexOf: (email) => {
        const position = order.indexOf(email)
        return position < 0 ? -1 : mirrored(position)
      },
      ...simpleState(account, simple.mailbox),
    })
  })
}

/** What only changes when the list may have. */
function simpleState(account: Account, mailbox: MailboxId | null): Pick<EmailList, 'modseq' | 'uidNext'> {
  if (mailbox === null) return { modseq: account.latest.emails, uidNext: 0 }
  const { highestModseq, uidNext } = account.mailbox(mailbox) ?? { highestModseq: 0 as Modseq, uidNext: 0 }
  return { modseq: highestModseq, uidNext }
}

async function foundList(context: Context, query: EmailQuery): Promise<EmailList> {
  const modseq = context.account.latest.emails
  const key = JSON.stringify(query)
  let ids = context.index.queries.get(key, modseq)?.ids
  if (ids === undefined) {
    ids = await find(context, query)
    // What changed meanwhile is told to whoever asks what changed since this state.
    if (context.account.latest.emails === modseq) context.index.queries.put(key, { ids, modseq })
  }
  const found = ids
  let positions: Uint32Array | null = null
  return {
    length: found.length,
    at: (position) => found[position] as number,
    indexOf: (email) => {
      positions ??= positionsOf(found, context.account.nextEmail)
      return (positions[email] ?? 0) - 1
    },
    modseq,
    uidNext: 0,
  }
}

/** By e-mail, its position plus one. */
function positionsOf(ids: Uint32Array, size: number): Uint32Array {
  const positions = new Uint32Array(size)
  for (let at = 0; at < ids.length; at++) positions[ids[at] as number] = at + 1
  return positions
}

async function find(context: Context, query: EmailQuery): Promise<Uint32Array> {
  const matcher = new EmailMatcher(context, query.filter)
  const candidates = await candidatesOf(context, query.filter, matcher)
  const matching = await matcher.matching(candidates)
  const ordered = await orderEmails(context, matching, query.sort)
  return query.collapseThreads ? collapse(context, ordered) : ordered
}

/** E-mails that are put in order at once; with more than these it takes less to go through the mailbox, which is in order. */
const FEW = 4096

/** Among which the matching ones are, the newest first. */
async function candidatesOf(
  context: Context,
  filter: FilterNode,
  matcher: EmailMatcher,
): Promise<Uint32Array<ArrayBuffer>> {
  const parts = conjuncts(filter)
  const inMailbox = parts.find((part) => part.kind === 'inMailbox')
  if (inMailbox?.mailbox === null) return new Uint32Array(0)
  const text = parts.find((part): part is TextNode => part.kind === 'text' && hasWords(part))
  const found = text === undefined ? null : await matcher.withWords(text)
  return context.index.order(inMailbox?.mailbox ?? null).use(context.slice, false, (order) => {
    if (found === null || found.size > FEW || found.size >= order.length) return order.toArray()
    const emails = [...found]
    context.index.columns.learn(emails)
    const here = Uint32Array.from(emails.filter((email) => order.has(email)))
    return here.sort((a, b) => context.index.columns.compareDates(b, a))
  })
}

/** The first of each thread (RFC 8621 §4.4.3). */
function collapse(context: Context, ids: Uint32Array): Uint32Array {
  const seen = new Uint8Array(context.account.nextEmail)
  return ids.filter((email) => {
    const thread = context.index.columns.thread(email)
    if (seen[thread] !== 0) return false
    seen[thread] = 1
    return true
  })
}

/** Whether what happens to one e-mail may change the place of others of its thread. */
export function concernsThreads({ filter, sort, collapseThreads }: EmailQuery): boolean {
  return collapseThreads || dependsOnThread(filter) || sortsByThread(sort)
}
