// What the owner has to be told whatever the client does: `ALERT` (RFC 3501 §7.1, RFC 9051 §7.1), which clients show. That the log is not the
// one it was is said with the first reply after login, with every mailbox that is selected, and when it is found meanwhile: in IDLE at once.

import { describeAlarms } from '#account/integrity.ts'
import type { Session } from './session.ts'

/** Tells of alarms that this session has not been told of. */
export function writeNewAlerts(session: Session): void {
  const { alarms } = session.account.integrity
  const { count, last } = session.toldAlarms
  if (alarms.length > count || (alarms.at(-1)?.found ?? last) !== last) writeAlerts(session)
  // Those that were acknowledged count no more.
  else session.toldAlarms = { count: alarms.length, last }
}

export function writeAlerts(session: Session): void {
  const { alarms } = session.account.integrity
  session.toldAlarms = { count: alarms.length, last: alarms.at(-1)?.found ?? null }
  const text = describeAlarms(alarms)
  if (text !== null) session.out.line(`* OK [ALERT] ${text}`)
}
