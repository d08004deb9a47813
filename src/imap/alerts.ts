// What the owner has to be told whatever the client does: `ALERT` (RFC 3501 §7.1, RFC 9051 §7.1), which clients show. That the log is not the
// one it was is said with the first reply after login, with every mailbox that is selected, and when it is found meanwhile.

import { WHAT_TO_DO, describeAlarm } from '#account/integrity.ts'
import type { Session } from './session.ts'

/** Tells of alarms that this session has not been told of. */
export function writeNewAlerts(session: Session): void {
  if (session.account.integrity.alarms.length > session.toldAlarms) writeAlerts(session)
}

export function writeAlerts(session: Session): void {
  const { alarms } = session.account.integrity
  session.toldAlarms = alarms.length
  const last = alarms.at(-1)
  if (last === undefined) return
  const found = new Date(last.found).toISOString()
  const more = alarms.length > 1 ? ` (and ${alarms.length - 1} more)` : ''
  session.out.line(
    `* OK [ALERT] This mail store may have been tampered with. ${describeAlarm(last)}. Found ${found}${more}. ${WHAT_TO_DO}`,
  )
}
