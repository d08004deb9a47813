// Identity/changes (RFC 8621 §6.2). There are few: all changes are told at once.

import { SUBMISSION } from './capabilities.ts'
import { changesSchema } from './mailbox-changes.ts'
import { defineMethod } from './method.ts'
import { unknownState } from './state-strings.ts'

export const identityChanges = defineMethod('Identity/changes', SUBMISSION, changesSchema, (context, args) => {
  context.checkAccount(args.accountId)
  const { identities } = context.shared
  const changes = identities.changesSince(args.sinceState)
  if (changes === null) throw unknownState()
  const { created, updated, destroyed } = changes
  if (created.length + updated.length + destroyed.length > (args.maxChanges ?? Infinity)) throw unknownState()
  return {
    accountId: args.accountId,
    oldState: args.sinceState,
    newState: identities.state,
    hasMoreChanges: false,
    created,
    updated,
    destroyed,
  }
})
