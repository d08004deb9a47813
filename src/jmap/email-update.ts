// Updates of Emails (RFC 8621 §4.6): keywords and mailboxes are all that changes. Those of one call that ask for the same thing are one operation of the
// log, and all of them are one record: marking a thousand as read costs what marking one does.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { Email } from '#account/account.ts'
import type { Operation, RangeSet } from '#account/operation.ts'
import { rangeSetOf } from '#account/range-set.ts'
import type { Context } from './context.ts'
import { setOf } from './email-get.ts'
import { readKeywords, readMailboxIds } from './email-metadata.ts'
import { messageProperties } from './email-object.ts'
import { isEmailProperty, parseEmailProperties } from './email-properties.ts'
import { SetFailure, invalidProperties } from './failure.ts'
import { formatEmailId, formatMailboxId, formatThreadId, parseEmailId } from './ids.ts'
import { type JsonObject, newMap } from './json-object.ts'
import { StoredMessage } from './message-source.ts'
import { applyPatch, changedMembers } from './patch.ts'
import { membershipsOf } from './shown.ts'
import type { SetAnswer, SetRequest } from './standard-set.ts'
import { formatUtcDate } from './dates.ts'

/** What one e-mail is to become. */
interface Plan {
  readonly email: EmailId
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Null: they stay. */
  readonly mailboxes: readonly MailboxId[] | null
  /** Memberships that come back into sight. */
  readonly unmarked: readonly { readonly mailbox: MailboxId; readonly uid: number }[]
}

export async function updateEmails(context: Context, request: SetRequest, answer: SetAnswer): Promise<void> {
  const plans = new Map<string, Plan>()
  const destroyed = new Set(request.destroy.map((reference) => context.resolveId(reference)))
  for (const [reference, patch] of request.update) {
    await answer.attempt(answer.notUpdated, reference, async () => {
      const id = context.resolveId(reference)
      const email = id === null ? null : parseEmailId(id)
      if (email === null) throw new SetFailure('notFound')
      if (destroyed.has(id)) throw new SetFailure('willDestroy')
      plans.set(reference, await planOf(context, email, patch))
    })
  }
  if (plans.size === 0) return
  const operations = operationsOf([...plans.values()])
  const outcomes = operations.length === 0 ? [] : await context.account.commit(operations)
  // Somebody else destroyed all of the mailboxes in this moment.
  const isLost = outcomes.some(({ applied }, at) => operations[at]?.kind === 'setMailboxes' && !applied)
  for (const [reference, { email, mailboxes }] of plans) {
    if (isLost && mailboxes !== null) answer.notUpdated[reference] = invalidProperties(['mailboxIds']).error
    else answer.updated[formatEmailId(email)] = null
  }
}

/** Throws SetFailure. */
async function planOf(context: Context, email: EmailId, patch: JsonObject): Promise<Plan> {
  const { account } = context
  const row = account.email(email)
  const memberships = membershipsOf(account, email)
  const shown = memberships.filter(({ isShown }) => isShown)
  if (row === null || shown.length === 0) throw new SetFailure('notFound')
  const before = {
    keywords: setOf(row.keywords),
    mailboxIds: setOf(shown.map(({ mailbox }) => formatMailboxId(mailbox))),
    ...(await fixedProperties(context, row, patch)),
  } as unknown as JsonObject
  const after = applyPatch(before, inLowerCase(patch), { keywords: {} })
  const wrong = changedMembers(before, after, ['keywords', 'mailboxIds'])
  if (wrong.length > 0) throw invalidProperties(wrong)
  const keywords = readKeywords(account, after['keywords'])
  const wanted = readMailboxIds(context, after['mailboxIds'])
  if (keywords === null || wanted === null) {
    throw invalidProperties([...(keywords === null ? ['keywords'] : []), ...(wanted === null ? ['mailboxIds'] : [])])
  }
  // Memberships that IMAP has marked \Deleted are not this client's business, unless it puts the e-mail there again.
  const hidden = memberships.filter(({ isShown }) => !isShown)
  const mailboxes = [...new Set([...wanted, ...hidden.map(({ mailbox }) => mailbox)])]
  const isSame =
    mailboxes.length === memberships.length && memberships.every(({ mailbox }) => mailboxes.includes(mailbox))
  return {
    email,
    added: keywords.filter((keyword) => !row.keywords.includes(keyword)),
    removed: row.keywords.filter((keyword) => !keywords.includes(keyword)),
    mailboxes: isSame ? null : mailboxes.sort((a, b) => a - b),
    unmarked: hidden.filter(({ mailbox }) => wanted.includes(mailbox)),
  }
}

/** Keywords are without regard to case, also in a path. */
function inLowerCase(patch: JsonObject): JsonObject {
  const lower = newMap<JsonObject[string]>()
  for (const [path, value] of Object.entries(patch)) {
    lower[path.startsWith('keywords/') ? path.toLowerCase() : path] = value
  }
  return lower
}

/** Properties that never change may be given as they are (RFC 8620 §5.3): those of them that the patch names. */
async function fixedProperties(context: Context, row: Email, patch: JsonObject): Promise<Record<string, unknown>> {
  const names = Object.keys(patch)
    .map((path) => path.split('/')[0] as string)
    .filter((name) => name !== 'keywords' && name !== 'mailboxIds')
  if (names.length === 0) return {}
  const values = newMap<unknown>()
  const metadata: Readonly<Record<string, () => unknown>> = {
    id: () => formatEmailId(row.id),
    threadId: () => formatThreadId(row.thread),
    receivedAt: () => formatUtcDate(row.internalDate),
  }
  for (const name of names) if (Object.hasOwn(metadata, name)) values[name] = metadata[name]?.()
  const others = names.filter((name) => !Object.hasOwn(metadata, name) && isEmailProperty(name))
  using source = new StoredMessage(context.shared, row.id, row.sizeBytes)
  return { ...values, ...(await messageProperties(context, source, parseEmailProperties(others, null), NO_VALUES)) }
}

const NO_VALUES = {
  fetchTextBodyValues: false,
  fetchHTMLBodyValues: false,
  fetchAllBodyValues: false,
  maxBodyValueBytes: 0,
}

/** Those that ask for the same thing together. */
function operationsOf(plans: readonly Plan[]): Operation[] {
  const operations: Operation[] = []
  for (const [mailboxes, set] of grouped(plans, (plan) => plan.mailboxes)) {
    operations.push({ kind: 'setMailboxes', emails: set, mailboxes })
  }
  for (const { unmarked } of plans) {
    for (const { mailbox, uid } of unmarked) {
      operations.push({ kind: 'markDeleted', mailbox, set: [[uid, uid]], deleted: false, unchangedSince: null })
    }
  }
  for (const mode of ['add', 'remove'] as const) {
    for (const [keywords, set] of grouped(plans, ({ added, removed }) => (mode === 'add' ? added : removed))) {
      if (keywords.length === 0) continue
      operations.push({ kind: 'changeKeywords', mailbox: null, set, mode, keywords, unchangedSince: null })
    }
  }
  return operations
}

/** The e-mails of each value; those without one are left out. */
function grouped<T>(plans: readonly Plan[], valueOf: (plan: Plan) => T | null): [value: T, emails: RangeSet][] {
  const groups = new Map<string, { readonly value: T; readonly emails: Set<EmailId> }>()
  for (const plan of plans) {
    const value = valueOf(plan)
    if (value === null) continue
    const key = JSON.stringify(value)
    const group = groups.get(key) ?? { value, emails: new Set<EmailId>() }
    group.emails.add(plan.email)
    groups.set(key, group)
  }
  return [...groups.values()].map(({ value, emails }) => [value, rangeSetOf([...emails].sort((a, b) => a - b))])
}
