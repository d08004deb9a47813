// SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2; RFC 9051 §6.3.2, §6.3.3), with the parameters of CONDSTORE and QRESYNC (RFC 7162
// §3.1.8, §3.2.5).

import { formatMailboxId } from '#base/object-ids.ts'
import type { Mailbox, MailboxView } from '#account/account.ts'
import { writeAlerts } from './alerts.ts'
import { type Command, type Completion, UID_REQUIRED, no, ok } from './command.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { writeListLine } from './list-line.ts'
import { parseMailbox } from './mailbox-argument.ts'
import { type Resync, parseResync, writeResync } from './resync.ts'
import { SelectedMailbox } from './selected-mailbox.ts'
import type { Session } from './session.ts'
import { writeKeywords, writeRecent } from './updates.ts'

interface Args {
  readonly path: string
  readonly isCondstore: boolean
  readonly resync: Resync | null
}

function parse(cursor: Cursor, session: Session): Args {
  const path = parseMailbox(cursor, session)
  let isCondstore = false
  let resync: Resync | null = null
  if (cursor.skip(' ')) {
    cursor.list(() => {
      const name = cursor.word()
      if (name === 'CONDSTORE') isCondstore = true
      else if (name === 'QRESYNC' && resync === null) resync = parseResync(cursor, session)
      else throw new SyntaxFailure(`there is no parameter ${name}`)
    })
  }
  return { path, isCondstore, resync }
}

async function run(session: Session, { path, isCondstore, resync }: Args, isReadOnly: boolean): Promise<Completion> {
  // RFC 9586 §3.2: pairs with sequence numbers.
  if (session.isUidOnly && resync !== null && resync.matches !== null) return UID_REQUIRED
  if (isCondstore) session.enabled.add('CONDSTORE')
  unselect(session)
  const mailbox = session.account.mailboxByPath(path)
  const view = mailbox === null ? null : session.account.view(mailbox.id)
  if (mailbox === null || view === null) return no('There is no such mailbox', 'NONEXISTENT')
  const { recentMarks } = session.shared
  const messages = { id: mailbox.id, uids: view.uids, count: view.count }
  const recent = recentMarks.peek(messages)
  if (!isReadOnly) recentMarks.claim(messages, [])
  const selected = new SelectedMailbox(session.account, view, mailbox.uidValidity, isReadOnly, recent)
  session.selected = selected
  session.savedUids = []
  writeState(session, selected, mailbox, view)
  if (resync !== null) await writeResync(session, selected, resync)
  return isReadOnly ? ok('Examining', 'READ-ONLY') : ok('Selected', 'READ-WRITE')
}

function writeState(session: Session, selected: SelectedMailbox, mailbox: Mailbox, view: MailboxView): void {
  const { out } = session
  selected.toldKeywords = '\n'
  writeKeywords(session, selected)
  out.line(`* ${selected.count} EXISTS`)
  if (!session.isRev2) {
    writeRecent(session, selected)
    // A sequence number, which UIDONLY forbids.
    const unseen = mailbox.unseen === 0 || session.isUidOnly ? -1 : session.shared.firstUnseen.positionIn(view)
    if (unseen >= 0) out.line(`* OK [UNSEEN ${unseen + 1}] The first unseen message`)
  }
  out.line(`* OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs are valid`)
  out.line(`* OK [UIDNEXT ${mailbox.uidNext}] The next UID`)
  out.line(`* OK [HIGHESTMODSEQ ${Math.max(1, mailbox.highestModseq)}] The latest change`)
  // RFC 8474 §4.2
  out.line(`* OK [MAILBOXID (${formatMailboxId(mailbox.id)})] The mailbox`)
  writeAlerts(session)
  // RFC 9051 §6.3.2: the mailbox by its one name.
  if (session.isRev2) writeListLine(session, 'LIST', mailbox.path, [])
}

/** No mailbox is selected afterwards. */
function unselect(session: Session): void {
  // RFC 7162 §3.2.11, RFC 9051 §7.1: what follows is about another mailbox.
  if (session.selected !== null) session.out.line('* OK [CLOSED] The mailbox is closed')
  session.selected = null
  session.savedUids = []
}

export const select: Command<Args> = {
  name: 'SELECT',
  state: 'authenticated',
  mayExpunge: true,
  parse,
  // RFC 9051 §6.3.2: to whom may only read, SELECT says READ-ONLY.
  run: (session, args) => run(session, args, session.isReadOnly),
}

export const examine: Command<Args> = {
  ...select,
  name: 'EXAMINE',
  run: (session, args) => run(session, args, true),
}
