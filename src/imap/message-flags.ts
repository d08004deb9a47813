// The flags of one message, as FETCH responses have them.

import type { MailboxView } from '#account/account.ts'
import { isRecent } from './recent-marks.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import type { Session } from './session.ts'

/** The flags of the message at a position of the live view, ready to send. */
export function flagList(session: Session, selected: SelectedMailbox, live: MailboxView, at: number): Buffer {
  const rendered = session.shared.flagLists.get(live.flags[at] as number)
  if (session.isRev2 || !isRecent(selected.recent, live.uids[at] as number)) return rendered.plain
  return rendered.recent
}
