// What the owner has to be told whatever the client does: `ALERT` (RFC 3501 §7.1, RFC 9051 §7.1), which clients show. That the log is not the
// one it was, or that a rehearsal of restoring it failed, is said with the first reply after login, with every mailbox that is selected, and when it is found
// meanwhile: the former in IDLE at once.

import { REHEARSAL_ADVICE, describeAlarms, describeFailure, isAlarming } from '#account/integrity.ts'
import type { Session } from './session.ts'

/** Tells of what this session has not been told of. */
export function writeNewAlerts(session: Session): void {
  const { alarms, rehearsed } = session.account.integrity
  const { count, last } = session.toldAlarms
  const isNew = alarms.length > count || (alarms.at(-1)?.found ?? last) !== last
  if (isNew || (isAlarming(rehearsed) && rehearsed.last?.ended !== session.toldRehearsal)) writeAlerts(session)
  // Those that were acknowledged count no more.
  else session.toldAlarms = { count: alarms.length, last }
}

export function writeAlerts(session: Session): void {
  const { alarms, rehearsed } = session.account.integrity
  session.toldAlarms = { count: alarms.length, last: alarms.at(-1)?.found ?? null }
  const text = describeAlarms(alarms)
  if (text !== null) session.out.line(`* OK [ALERT] ${text}`)
  if (!isAlarming(rehearsed) || rehearsed.last === null) return
  session.toldRehearsal = rehearsed.last.ended
  const at = new Date(rehearsed.last.ended).toISOString()
  session.out.line(
    `* OK [ALERT] This account could not be restored from what is stored as it is shown. A rehearsal found ${at}: ${describeFailure(rehearsed.last)}. ${REHEARSAL_ADVICE}`,
  )
}
