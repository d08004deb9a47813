// Commits a STORE. Resolves with the UIDs that were refused because they had changed (RFC 7162 §3.1.3).

import type { Modseq } from '#base/ids.ts'
import type { MailboxView } from '#account/account.ts'
import type { Outcome } from '#account/operation.ts'
import type { SelectedMailbox, Spans } from './selected-mailbox.ts'
import { rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'
import {
  type FlagChange,
  type FlagEffects,
  conditionalPlan,
  deletedOperation,
  keywordOperation,
  messagesToChange,
} from './store-plan.ts'

/** Throws CommitRefusedError. */
export async function commitStore(
  session: Session,
  selected: SelectedMailbox,
  spans: Spans,
  change: FlagChange,
  effects: FlagEffects,
  unchangedSince: Modseq | null,
): Promise<readonly number[]> {
  const live = selected.live()
  if (live === null) return []
  if (unchangedSince !== null) return commitConditional(session, selected, live, spans, change, effects, unchangedSince)
  const { keywords, deleted } = messagesToChange(selected, live, spans, effects)
  const operations = [
    ...(keywords.length > 0 ? [keywordOperation(selected, keywords, change, null)] : []),
    ...(deleted.length > 0 ? [deletedOperation(selected, deleted, change, null)] : []),
  ]
  if (operations.length > 0) await session.account.commit(operations)
  return []
}

/**
 * Each message is changed by an operation that has the condition with it, and so is decided when it is written, whatever others wrote meanwhile. One
 * that is to change in both ways is decided by its keywords: once they have changed, its own modseq would refuse the rest.
 */
async function commitConditional(
  session: Session,
  selected: SelectedMailbox,
  live: MailboxView,
  spans: Spans,
  change: FlagChange,
  effects: FlagEffects,
  unchangedSince: Modseq,
): Promise<readonly number[]> {
  const { refused, keywords, deletedAlone, both } = conditionalPlan(selected, live, spans, effects, unchangedSince)
  const operations = [
    ...(keywords.length > 0 ? [keywordOperation(selected, keywords, change, unchangedSince)] : []),
    ...(deletedAlone.length > 0 ? [deletedOperation(selected, deletedAlone, change, unchangedSince)] : []),
  ]
  if (operations.length > 0) refused.push(...refusedBy(await session.account.commit(operations)))
  const left = new Set(refused)
  const rest = rangesOf(both.filter((uid) => !left.has(uid)))
  if (rest.length > 0) await session.account.commit([deletedOperation(selected, rest, change, null)])
  return refused.sort((one, other) => one - other)
}

function refusedBy(outcomes: readonly Outcome[]): readonly number[] {
  return outcomes.flatMap((outcome) => (outcome.applied ? (outcome.refused ?? []) : []))
}
