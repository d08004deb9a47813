// A mailbox name as a command's argument (RFC 9051 §9 mailbox).

import { type Cursor, SyntaxFailure } from './cursor.ts'
import { parseMailboxPath } from './mailbox-name.ts'
import type { Session } from './session.ts'

/** A space and the path. Throws SyntaxFailure. */
export function parseMailbox(cursor: Cursor, session: Session): string {
  cursor.space()
  const path = parseMailboxPath(cursor.astring(), session.isUtf8)
  if (path === null) {
    throw new SyntaxFailure(`the mailbox name is not well-formed ${session.isUtf8 ? 'UTF-8' : 'modified UTF-7'}`)
  }
  return path
}
