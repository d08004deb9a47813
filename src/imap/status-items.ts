// STATUS data items (RFC 9051 §6.3.11; HIGHESTMODSEQ: RFC 7162 §3.1.7; SIZE: RFC 8438; MAILBOXID: RFC 8474 §4.3; APPENDLIMIT: RFC 7889 §4; DELETED-STORAGE: RFC 9208).

import type { Mailbox } from '#account/account.ts'
import { formatMailboxId } from '#base/object-ids.ts'
import { enableCondstore } from './condstore.ts'
import type { Cursor } from './cursor.ts'
import { SyntaxFailure } from './cursor.ts'
import { renderMailboxName } from './mailbox-name.ts'
import type { Session } from './session.ts'

const items = {
  MESSAGES: (mailbox) => mailbox.messages,
  RECENT: recentOf,
  UIDNEXT: (mailbox) => mailbox.uidNext,
  UIDVALIDITY: (mailbox) => mailbox.uidValidity,
  UNSEEN: (mailbox) => mailbox.unseen,
  DELETED: (mailbox) => mailbox.deleted,
  SIZE: (mailbox) => mailbox.sizeBytes,
  'DELETED-STORAGE': deletedBytesOf,
  HIGHESTMODSEQ: (mailbox) => Math.max(1, mailbox.highestModseq),
  MAILBOXID: (mailbox) => `(${formatMailboxId(mailbox.id)})`,
  // RFC 7889 §4: one limit for all mailboxes.
  APPENDLIMIT: (_, session) => session.messageBytesMax,
} as const satisfies Record<string, (mailbox: Mailbox, session: Session) => number | string>

export type StatusItem = keyof typeof items

function recentOf(mailbox: Mailbox, session: Session): number {
  const view = session.account.view(mailbox.id)
  if (view === null) return 0
  return session.shared.recentMarks.count({ id: mailbox.id, uids: view.uids, count: view.count })
}

/** RFC 9208 §4.1.4 */
function deletedBytesOf(mailbox: Mailbox, { account, shared }: Session): number {
  const view = account.view(mailbox.id)
  if (view === null || mailbox.deleted === 0) return 0
  const emails = view.emails
    .subarray(0, view.count)
    .filter((_, at) => shared.flagLists.get(view.flags[at] as number).deleted)
  return account.sizes(emails).reduce((sum, size) => sum + size, 0)
}

export function parseStatusItems(cursor: Cursor): readonly StatusItem[] {
  const names = cursor.list(() => {
    const name = cursor.word()
    if (!Object.hasOwn(items, name)) throw new SyntaxFailure(`there is no status item ${name}`)
    return name as StatusItem
  })
  return [...new Set(names)]
}

export function writeStatus(session: Session, mailbox: Mailbox, names: readonly StatusItem[]): void {
  // RFC 7162 §3.1: whoever asks for it understands it.
  if (names.includes('HIGHESTMODSEQ')) enableCondstore(session)
  writeStatusLine(session, mailbox, names)
}

/** Unasked. */
export function writeStatusLine(session: Session, mailbox: Mailbox, names: readonly StatusItem[]): void {
  session.out.text('* STATUS ')
  session.out.bytes(renderMailboxName(mailbox.path, session.isUtf8))
  session.out.line(` (${names.map((name) => `${name} ${items[name](mailbox, session)}`).join(' ')})`)
}
