// Commits a STORE. Resolves with the UIDs that were refused because they had changed (RFC 7162 §3.1.3).

import type { Modseq } from '#base/ids.ts'
import type { Outcome, RangeSet } from '#account/operation.ts'
import type { SelectedMailbox, Spans } from './selected-mailbox.ts'
import { rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'
import {
  type FlagChange,
  type FlagEffects,
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
  if (unchangedSince !== null) return commitConditional(session, selected, spans, change, unchangedSince)
  const { keywords, deleted } = messagesToChange(selected, live, spans, effects)
  const operations = [
    ...(keywords.length > 0 ? [keywordOperation(selected, keywords, change, null)] : []),
    ...(deleted.length > 0 ? [deletedOperation(selected, deleted, change, null)] : []),
  ]
  if (operations.length > 0) await session.account.commit(operations)
  return []
}

/**
 * The condition goes with one operation, and decides for the other: once the first has changed a message, its own modseq would
 * refuse the second.
 */
async function commitConditional(
  session: Session,
  selected: SelectedMailbox,
  spans: Spans,
  change: FlagChange,
  unchangedSince: Modseq,
): Promise<readonly number[]> {
  const { account } = session
  const set = selected.uidRanges(spans)
  const onlyDeleted = change.mode !== 'replace' && change.flags.keywords.length === 0
  const first = onlyDeleted
    ? deletedOperation(selected, set, change, unchangedSince)
    : keywordOperation(selected, set, change, unchangedSince)
  const refused = refusedBy(await account.commit([first]))
  const rest = without(selected, set, new Set(refused))
  const alsoDeleted = !onlyDeleted && (change.mode === 'replace' || change.flags.deleted)
  if (alsoDeleted && rest.length > 0) await account.commit([deletedOperation(selected, rest, change, null)])
  return refused
}

function refusedBy(outcomes: readonly Outcome[]): readonly number[] {
  const outcome = outcomes[0]
  return outcome?.applied === true ? (outcome.refused ?? []) : []
}

function without(selected: SelectedMailbox, set: RangeSet, refused: ReadonlySet<number>): RangeSet {
  if (refused.size === 0) return set
  const uids: number[] = []
  for (const [first, last] of selected.spansOfUids([...set])) {
    for (let position = first; position <= last; position++) {
      const uid = selected.uids[position] as number
      if (!refused.has(uid)) uids.push(uid)
    }
  }
  return rangesOf(uids)
}
