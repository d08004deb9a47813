// What is refused whatever its arguments are: a command that the session's state, or what it enabled, does not allow.

import { type AnyCommand, type Completion, UID_REQUIRED, bad } from './command.ts'
import { READ_ONLY } from './commit-refusal.ts'
import type { Session } from './session.ts'

/** Null if the command may run. */
export function refusalBefore(session: Session, command: AnyCommand): Completion | null {
  if (command.state === 'selected' && session.selected === null) return bad('Select a mailbox first')
  if (command.usesNumbers === true && session.isUidOnly) return UID_REQUIRED
  if (command.changes === true && session.isReadOnly) return READ_ONLY
  return null
}
