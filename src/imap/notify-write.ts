// Tells a client what it asked for by NOTIFY of mailboxes that are not selected (RFC 5465 §5): STATUS, LIST and METADATA, each of how it is now.

import { TimeSlice } from '#base/time-slice.ts'
import type { Mailbox } from '#account/account.ts'
import { writeAstring } from './astring.ts'
import type { MailboxEvent } from './mailbox-events.ts'
import { DELIMITER, parentPath, renderMailboxName } from './mailbox-name.ts'
import { EXPUNGED, FLAGS, NAMES, NEW, NOTHING } from './notify-parse.ts'
import { Notifications } from './notifications.ts'
import type { Session } from './session.ts'
import { attributeOf } from './special-use.ts'
import { type StatusItem, writeStatusLine } from './status-items.ts'
import { danglingSubscriptions } from './subscriptions.ts'

/** Sequence numbers may change at any time (RFC 5465 §6.1.1). */
export function isImmediate({ notifications }: Session): boolean {
  return notifications?.set.selected.messages === 'immediate'
}

/** Throws SessionEndedError. */
export async function writeNotifications(session: Session): Promise<void> {
  const taken = session.notifications?.take() ?? null
  if (taken === null) return
  if (taken.hasOverflowed) {
    session.notifications = new Notifications(NOTHING, (listener) => session.shared.mailboxEvents.watch(listener))
    session.out.line('* OK [NOTIFICATIONOVERFLOW] More happened than can be told: say NOTIFY again')
    return
  }
  await writeEvents(session, taken.events)
  for (const [id, { bits }] of taken.mailboxes) {
    const mailbox = session.account.mailbox(id)
    if (mailbox === null || session.selected?.id === id) continue
    writeStatusLine(session, mailbox, statusItems(session, bits, session.notifications?.wanted(mailbox) ?? 0, false))
    await session.room()
  }
}

/** RFC 5465 §3.1: how each mailbox is that events of messages are asked for. Throws SessionEndedError. */
export async function writeStatusOfAll(session: Session, notifications: Notifications): Promise<void> {
  const slice = new TimeSlice(session.host)
  for (const { id } of session.account.mailboxes()) {
    const mailbox = session.account.mailbox(id)
    if (mailbox === null || session.selected?.id === id) continue
    const wanted = notifications.wanted(mailbox)
    const bits = wanted & (NEW | EXPUNGED | FLAGS)
    if (bits === 0) continue
    writeStatusLine(session, mailbox, statusItems(session, bits, wanted, true))
    await session.room()
    if (slice.isOver) await slice.next()
    session.checkConnected()
  }
}

/** RFC 5465 §3.1, §5.1 to §5.3. */
function statusItems(session: Session, bits: number, wanted: number, isFirst: boolean): StatusItem[] {
  const items: StatusItem[] = []
  if ((bits & (NEW | EXPUNGED)) !== 0) items.push('MESSAGES', 'UIDNEXT')
  items.push('UIDVALIDITY')
  if ((wanted & FLAGS) !== 0) items.push('UNSEEN')
  if (session.enabled.has('CONDSTORE') || (isFirst && (wanted & FLAGS) !== 0)) items.push('HIGHESTMODSEQ')
  return items
}

async function writeEvents(session: Session, events: readonly MailboxEvent[]): Promise<void> {
  if (events.length === 0) return
  const { account } = session
  const parents = new Set(account.mailboxes().map(({ parent }) => parent))
  const dangling = new Set(danglingSubscriptions(account))
  const list = (path: string, oldPath: string | null): void => {
    const mailbox = account.mailboxByPath(path)
    const hasChildren = mailbox !== null && parents.has(mailbox.id)
    writeListLine(session, path, attributesOf(mailbox, hasChildren, dangling.has(path)), oldPath)
  }
  for (const event of events) {
    if (event.kind === 'metadata') writeMetadata(session, event.path, event.names)
    else if (event.kind === 'renamed') list(event.path, event.oldPath)
    else if (event.kind === 'subscription') list(event.path, null)
    else {
      const above = parentPath(event.path)
      if (isNameWanted(session, event.path, event.subscribed)) list(event.path, null)
      if (above !== null && isNameWanted(session, above, account.mailboxByPath(above)?.subscribed === true))
        list(above, null)
    }
    await session.room()
  }
}

function isNameWanted({ notifications }: Session, path: string, subscribed: boolean): boolean {
  return ((notifications?.wanted({ id: null, path, subscribed }) ?? 0) & NAMES) !== 0
}

function attributesOf(mailbox: Mailbox | null, hasChildren: boolean, isDangling: boolean): string[] {
  const names: string[] = []
  if (mailbox === null) names.push('\\NonExistent')
  if (mailbox?.subscribed === true || isDangling) names.push('\\Subscribed')
  names.push(hasChildren ? '\\HasChildren' : '\\HasNoChildren')
  const use = attributeOf(mailbox?.role ?? null)
  if (use !== null) names.push(use)
  return names
}

function writeListLine(session: Session, path: string, attributes: readonly string[], oldPath: string | null): void {
  const { out } = session
  out.text(`* LIST (${attributes.join(' ')}) "${DELIMITER}" `)
  out.bytes(renderMailboxName(path, session.isUtf8))
  if (oldPath !== null) {
    // RFC 5465 §5.4
    out.text(' ("OLDNAME" (')
    out.bytes(renderMailboxName(oldPath, session.isUtf8))
    out.text('))')
  }
  out.line('')
}

/** RFC 5464 §4.4.2: the names of what changed. An empty path: of the server. */
function writeMetadata(session: Session, path: string, names: readonly string[]): void {
  const { out } = session
  out.text('* METADATA ')
  if (path === '') out.text('""')
  else out.bytes(renderMailboxName(path, session.isUtf8))
  for (const name of names) {
    out.text(' ')
    writeAstring(out, Buffer.from(name, 'latin1'))
  }
  out.line('')
}
