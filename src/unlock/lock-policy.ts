// When an account is locked again, by its owner's choice: a setting of the account.

import type { SettingValue } from '#account/operation.ts'

/**
 * `session`: when nobody has used it for the grace time. `restart`: when this process ends, or by command. `never`: also after a restart it opens
 * by itself, with a slot that the server secret opens; whoever has the server can read the mail then.
 */
export type LockPolicy = 'session' | 'restart' | 'never'

export const LOCK_SETTING = 'unlock/lock'

export function lockPolicyOf(value: SettingValue): LockPolicy {
  return value === 'restart' || value === 'never' ? value : 'session'
}
