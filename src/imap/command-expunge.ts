// EXPUNGE (RFC 9051 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1, RFC 9051 §6.4.9).

import { type Command, type Completion, no, ok } from './command.ts'
import { removeDeleted } from './expunge.ts'
import { resolveSet, selectedOf } from './message-set.ts'
import { type SequenceSet, parseSequenceSet } from './sequence-set.ts'
import type { Session } from './session.ts'

async function run(session: Session, set: SequenceSet | null): Promise<Completion> {
  const selected = selectedOf(session)
  if (selected.isReadOnly) return no('The mailbox is read-only', 'READ-ONLY')
  if (set === null) return expunged(await removeDeleted(session, selected, null))
  const spans = resolveSet(session, selected, set, true)
  if (!spans.ok) return spans.error
  return expunged(await removeDeleted(session, selected, selected.uidRanges(spans.value)))
}

/** RFC 7162 §3.2.7, §3.2.9. CLOSE must not tell the modseq (§3.2.8): its client does not know what went. */
function expunged(hasChanged: boolean): Completion {
  return hasChanged ? { ...ok('Expunged'), tellsModseq: true } : ok('Expunged')
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
