// Email/changes (RFC 8621 §4.3).

import { MAIL } from './capabilities.ts'
import { formatEmailId } from './ids.ts'
import { CHANGES_MAX } from './limits.ts'
import { changesSchema } from './mailbox-changes.ts'
import { defineMethod } from './method.ts'
import { firstPortion } from './portion.ts'
import { emailState, formatCursor, parseCursor } from './state-strings.ts'

export const emailChanges = defineMethod('Email/changes', MAIL, changesSchema, (context, args) => {
  context.checkAccount(args.accountId)
  const { account } = context
  const since = parseCursor(account, args.sinceState)
  const { created, updated, destroyed } = account.changesSince(since.modseq, since.after)
  const limit = Math.min(args.maxChanges ?? CHANGES_MAX, CHANGES_MAX)
  const portion = firstPortion([created, updated, destroyed], limit)
  const { last } = portion
  const format = (changes: typeof created): string[] =>
    changes.filter(portion.has).map(({ email }) => formatEmailId(email))
  return {
    accountId: args.accountId,
    oldState: args.sinceState,
    newState: last === null ? emailState(account) : formatCursor(last.modseq, last.email),
    hasMoreChanges: last !== null,
    created: format(created),
    updated: format(updated),
    destroyed: format(destroyed),
  }
})
