// What a client of POP3 is told of an alarm: that the log is not the one it was. POP3 has nothing that the server may say unasked, and most programs show
// their user nothing but errors. So the reply to the login says it, and whatever would delete mail is refused with `[SYS/PERM]` (RFC 3206 §4: somebody has to
// do something about it), which programs show: what a program takes for a server's mail is not to be deleted while nobody knows whether it is.

import type { Account } from '#account/account.ts'
import { describeAlarms } from '#account/integrity.ts'

/** To go into the reply to the login; null if there is no alarm. RFC 2449 §4: a reply has at most 512 bytes. */
export function alarmNotice({ integrity }: Pick<Account, 'integrity'>): string | null {
  const text = describeAlarms(integrity.alarms)
  return text === null ? null : `ALERT: ${text}`
}

/** Why nothing is deleted now; null if there is no alarm. */
export function alarmRefusal({ integrity }: Pick<Account, 'integrity'>): string | null {
  const text = describeAlarms(integrity.alarms)
  return text === null ? null : `[SYS/PERM] Nothing is deleted: ${text}`
}
