// The fold: applies the operations of journal records, in order, to the account's state (docs/formats/journal.md §3). What it does
// follows from the state and the operation alone, so that a rebuild from the log gives the same account. `fold-model.test-support.ts` says the
// same in the plainest way, and the tests compare the two.

import type { EmailId, Modseq } from '#base/ids.ts'
import { ChangeBuilder } from './change-builder.ts'
import type { FoldContext, MailRecords } from './fold-context.ts'
import { changeKeywords, markDeleted } from './fold-keywords.ts'
import { createMailbox, destroyMailbox, updateMailbox } from './fold-mailboxes.ts'
import { addToMailbox, file, move, remove, setMailboxes } from './fold-messages.ts'
import type { JournalOperation, Outcome, SettingValue } from './operation.ts'
import type { AccountState } from './state.ts'
import { type VisibilityEvent, visibilityEvents } from './visibility.ts'

export interface Applied {
  readonly outcomes: readonly Outcome[]
  readonly changes: ChangeBuilder
  readonly visibility: readonly VisibilityEvent[]
}

/** The modseq of what the journal record `seq` changes. */
export function modseqOf(seq: number): Modseq {
  return (seq + 1) as Modseq
}

export function applyRecord(
  state: AccountState,
  records: MailRecords,
  seq: number,
  operations: readonly JournalOperation[],
): Applied {
  const filed: (EmailId | null)[] = []
  const context: FoldContext = { state, records, changes: new ChangeBuilder(), seq, modseq: modseqOf(seq), filed }
  const outcomes: Outcome[] = []
  for (const operation of operations) {
    const outcome = applyOperation(context, operation)
    outcomes.push(outcome)
    filed.push((outcome.applied ? outcome.email : null) ?? null)
  }
  const { changes, modseq } = context
  const visibility = visibilityEvents(context)
  const threadsChanged = changes.begun.size > 0 || visibility.some(({ kind }) => kind !== 'altered')
  if (threadsChanged) state.latest.threads = modseq
  if (changes.touchesEmails) state.latest.emails = modseq
  if (changes.touchesEmails || changes.mailboxList) state.latest.mailboxes = modseq
  return { outcomes, changes, visibility }
}

export function applyOperation(context: FoldContext, operation: JournalOperation): Outcome {
  switch (operation.kind) {
    case 'createMailbox':
      return createMailbox(context, operation)
    case 'updateMailbox':
      return updateMailbox(context, operation)
    case 'destroyMailbox':
      return destroyMailbox(context, operation)
    case 'file':
      return file(context, operation)
    case 'changeKeywords':
      return changeKeywords(context, operation)
    case 'markDeleted':
      return markDeleted(context, operation)
    case 'remove':
      return remove(context, operation)
    case 'addToMailbox':
      return addToMailbox(context, operation)
    case 'move':
      return move(context, operation)
    case 'set':
      return set(context, operation.key, operation.value)
    case 'setMailboxes':
      return setMailboxes(context, operation)
  }
}

function set(context: FoldContext, key: string, value: SettingValue): Outcome {
  const { settings } = context.state
  if (value === null) settings.delete(key)
  else settings.set(key, value)
  context.changes.setting(key)
  return { applied: true, modseq: context.modseq }
}
