// Operations on messages that a restore writes, within the bounds of docs/formats/journal.md §3.4.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { Operation } from '#account/operation.ts'
import { estimateBytes } from '#account/plan.ts'
import { rangeSetOf } from '#account/range-set.ts'
import type { AccountState } from '#account/state.ts'

/** Of one operation. */
export const KEYWORDS_MAX = 128
export const MAILBOXES_MAX = 1000
/** Of operations in one commit, about. */
const PART_BYTES_MAX = 1 << 20

export function isDeleted(state: AccountState, mailbox: MailboxId, uid: number): boolean {
  const columns = state.mailboxes.get(mailbox)?.columns
  return columns !== undefined && ((columns.flags[columns.indexOf(uid)] ?? 0) & 1) === 1
}

function inOrder(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b)
}

export function keywordOperations(keywords: readonly string[], emails: readonly EmailId[]): Operation[] {
  const set = rangeSetOf(inOrder(emails))
  const operations: Operation[] = []
  for (let at = 0; at === 0 || at < keywords.length; at += KEYWORDS_MAX) {
    const some = keywords.slice(at, at + KEYWORDS_MAX)
    const mode = at === 0 ? 'replace' : 'add'
    operations.push({ kind: 'changeKeywords', mailbox: null, set, mode, keywords: some, unchangedSince: null })
  }
  return operations
}

export function markOperations(mailbox: MailboxId, uids: readonly number[], deleted: boolean): Operation[] {
  if (uids.length === 0) return []
  return [{ kind: 'markDeleted', mailbox, set: rangeSetOf(inOrder(uids)), deleted, unchangedSince: null }]
}

export function setMailboxes(mailboxes: readonly MailboxId[], emails: readonly EmailId[]): Operation {
  return { kind: 'setMailboxes', emails: rangeSetOf(inOrder(emails)), mailboxes }
}

/** For more mailboxes than one operation may name: those that are missing, then those that end. */
export function placeOneByOne(state: AccountState, mailboxes: readonly MailboxId[], email: EmailId): Operation[] {
  const here = state.membershipsOf(email)
  const missing = mailboxes.filter((to) => here.every(({ mailbox }) => mailbox !== to))
  const ending = here.filter(({ mailbox }) => !mailboxes.includes(mailbox))
  return [
    ...missing.map((to): Operation => ({ kind: 'addToMailbox', from: null, set: [[email, email]], to })),
    ...ending.map(({ mailbox, uid }): Operation => ({ kind: 'remove', mailbox, set: [[uid, uid]] })),
  ]
}

/** Each for a commit of its own. */
export function inParts(operations: readonly Operation[]): Operation[][] {
  const parts: Operation[][] = []
  let bytes = Infinity
  for (const operation of operations) {
    bytes += estimateBytes([operation])
    if (bytes > PART_BYTES_MAX) {
      parts.push([])
      bytes = estimateBytes([operation])
    }
    parts.at(-1)?.push(operation)
  }
  return parts
}

export function removals(state: AccountState, emails: readonly EmailId[], only: MailboxId | null): Operation[] {
  const uids = new Map<MailboxId, number[]>()
  for (const email of emails) {
    for (const { mailbox, uid } of state.membershipsOf(email)) {
      if (only === null || mailbox === only) uids.set(mailbox, [...(uids.get(mailbox) ?? []), uid])
    }
  }
  return [...uids].map(([mailbox, some]) => ({ kind: 'remove', mailbox, set: rangeSetOf(inOrder(some)) }))
}
