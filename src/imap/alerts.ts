// What the owner has to be told whatever the client does: `ALERT` (RFC 3501 §7.1, RFC 9051 §7.1), which clients show. That the log is not the
// one it was, or that a rehearsal of restoring it failed, is said with the first reply after login, with every mailbox that is selected, and when it is found
// meanwhile.

import { REHEARSAL_ADVICE, WHAT_TO_DO, describeAlarm, describeFailure, isAlarming } from '#account/integrity.ts'
import type { Session } from './session.ts'

/** Tells of what this session has not been told of. */
export function writeNewAlerts(session: Session): void {
  if (alertCount(session) > session.toldAlarms) writeAlerts(session)
}

function alertCount({ account: { integrity } }: Session): number {
  return integrity.alarms.length + (isAlarming(integrity.rehearsed) ? 1 : 0)
}

export function writeAlerts(session: Session): void {
  const { alarms, rehearsed } = session.account.integrity
  session.toldAlarms = alertCount(session)
  const last = alarms.at(-1)
  if (last !== undefined) {
    const found = new Date(last.found).toISOString()
    const more = alarms.length > 1 ? ` (and ${alarms.length - 1} more)` : ''
    session.out.line(
      `* OK [ALERT] This mail store may have been tampered with. ${describeAlarm(last)}. Found ${found}${more}. ${WHAT_TO_DO}`,
    )
  }
  if (!isAlarming(rehearsed) || rehearsed.last === null) return
  const at = new Date(rehearsed.last.ended).toISOString()
  session.out.line(
    `* OK [ALERT] This account could not be restored from what is stored as it is shown. A rehearsal found ${at}: ${describeFailure(rehearsed.last)}. ${REHEARSAL_ADVICE}`,
  )
}
