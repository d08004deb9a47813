// NOTIFY (RFC 5465): what the client is told of without asking, also of mailboxes that it has not selected.

import { type Command, no, ok } from './command.ts'
import { enableCondstore } from './condstore.ts'
import { modseqItem } from './fetch-row-items.ts'
import { Notifications } from './notifications.ts'
import { KNOWN_EVENTS, NOTHING, type NotifySet, parseNotify } from './notify-parse.ts'
import { writeNotifications, writeStatusOfAll } from './notify-write.ts'
import { writeUpdates } from './updates.ts'

export const notify: Command<NotifySet | 'badEvent'> = {
  name: 'NOTIFY',
  state: 'authenticated',
  mayExpunge: true,
  parse: parseNotify,
  async run(session, set) {
    // RFC 5465 §3.1: NO, and not BAD.
    if (set === 'badEvent') return no('There is no such event', `BADEVENT (${KNOWN_EVENTS})`)
    if (set.selected.items.includes(modseqItem)) enableCondstore(session)
    if (set !== NOTHING) while (session.notifications?.hasNews === true) await writeNotifications(session)
    const notifications = new Notifications(set, (listener) => session.shared.mailboxEvents.watch(listener))
    session.notifications?.stop()
    session.notifications = notifications
    if (set === NOTHING) return ok('Nothing will be told')
    // RFC 5465 §3.1: what has gathered in the selected mailbox is told, whether of interest from now on or not.
    session.selected?.release()
    await writeUpdates(session, true, true)
    if (set.hasStatus) await writeStatusOfAll(session, notifications)
    return ok('So it will be')
  },
}
