// Which messages a command's sequence set means, in what the client was told.

import { type Result, fail, ok } from '#base/result.ts'
import { type Completion, bad } from './command.ts'
import type { SelectedMailbox, Spans } from './selected-mailbox.ts'
import { type SequenceSet, namesMissingMessage, normalizeRanges } from './sequence-set.ts'
import type { Session } from './session.ts'

/** UIDs that do not exist are passed over (RFC 9051 §6.4.9); sequence numbers that do not are the client's mistake. */
export function resolveSet(
  session: Session,
  selected: SelectedMailbox,
  set: SequenceSet,
  isUid: boolean,
): Result<Spans, Completion> {
  if (set.kind === 'saved') return ok(selected.spansOfUids(session.savedUids))
  if (isUid) return ok(selected.spansOfUids(normalizeRanges(set.ranges, selected.largestUid())))
  if (namesMissingMessage(set.ranges, selected.count)) return fail(bad('There is no message with that number'))
  return ok(selected.spansOfNumbers(normalizeRanges(set.ranges, selected.count)))
}

/** The selected mailbox of a command that is only run with one. */
export function selectedOf(session: Session): SelectedMailbox {
  if (session.selected === null) throw new TypeError('the command needs a selected mailbox')
  return session.selected
}
