// EXPUNGE (RFC 9051 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1, RFC 9051 §6.4.9).

import { type Command, type Completion, no, ok } from './command.ts'
import { removeDeleted } from './expunge.ts'
import { resolveSet, selectedOf } from './message-set.ts'
import { type SequenceSet, parseSequenceSet } from './sequence-set.ts'
import type { Session } from './session.ts'

async function run(session: Session, set: SequenceSet | null): Promise<Completion> {
  const selected = selectedOf(session)
  if (selected.isReadOnly) return no('The mailbox is read-only', 'READ-ONLY')
  if (set === null) {
    await removeDeleted(session, selected, null)
    return ok('Expunged')
  }
  const spans = resolveSet(session, selected, set, true)
  if (!spans.ok) return spans.error
  await removeDeleted(session, selected, selected.uidRanges(spans.value))
  return ok('Expunged')
}

export const expunge: Command<null> = {
  name: 'EXPUNGE',
  state: 'selected',
  mayExpunge: true,
  changes: true,
  parse: () => null,
  run,
}

export const uidExpunge: Command<SequenceSet> = {
  name: 'UID EXPUNGE',
  state: 'selected',
  mayExpunge: true,
  changes: true,
  parse(cursor) {
    cursor.space()
    return parseSequenceSet(cursor)
  },
  run,
}
