// Thread/changes (RFC 8621 §3.2). A thread changes when it gets or loses an e-mail; it is there as long as it has one.

import type { ThreadId } from '#base/ids.ts'
import { MAIL } from './capabilities.ts'
import { formatThreadId } from './ids.ts'
import { CHANGES_MAX } from './limits.ts'
import { changesSchema } from './mailbox-changes.ts'
import { defineMethod } from './method.ts'
import { firstPortion } from './portion.ts'
import { shownThread } from './shown.ts'
import { formatCursor, parseCursor, threadState } from './state-strings.ts'

export const threadChanges = defineMethod('Thread/changes', MAIL, changesSchema, (context, args) => {
  context.checkAccount(args.accountId)
  const { account } = context
  const since = parseCursor(account, args.sinceState)
  const changes = account.changesSince(since.modseq, since.after)
  // One that may count twice, below.
  const limit = Math.max(1, Math.floor(Math.min(args.maxChanges ?? CHANGES_MAX, CHANGES_MAX) / 2))
  const lists = [changes.created, changes.destroyed]
  const portion = firstPortion(lists, limit)
  const { last } = portion
  const isNew = new Set(changes.created.map(({ email }) => email))
  const lostSome = new Set(changes.destroyed.map(({ thread }) => thread))
  const created: ThreadId[] = []
  const updated: ThreadId[] = []
  const destroyed: ThreadId[] = []
  for (const thread of new Set(lists.flatMap((list) => list.filter(portion.has)).map(({ thread }) => thread))) {
    const emails = shownThread(account, thread)
    const isWholeNew = emails.every((email) => isNew.has(email))
    if (emails.length === 0) destroyed.push(thread)
    else if (!isWholeNew) updated.push(thread)
    else {
      created.push(thread)
      // All that it has is new, but it has lost what may have been old: §5.2 allows to name it twice.
      if (lostSome.has(thread) && args.maxChanges !== 1) updated.push(thread)
    }
  }
  return {
    accountId: args.accountId,
    oldState: args.sinceState,
    newState: last === null ? threadState(account) : formatCursor(last.modseq, last.email),
    hasMoreChanges: last !== null,
    created: created.map(formatThreadId),
    updated: updated.map(formatThreadId),
    destroyed: destroyed.map(formatThreadId),
  }
})
