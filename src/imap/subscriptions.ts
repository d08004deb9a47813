// Names that are subscribed to though no mailbox has them: deleting a mailbox must not end its subscription (RFC 3501 §6.3.9).
// Kept as a setting of the account; that of an existing mailbox is its own property.

import type { Account } from '#account/account.ts'
import type { Operation } from '#account/operation.ts'

export const SUBSCRIPTIONS_SETTING = 'imap.subscriptions'

/** Oldest names are dropped beyond it. */
const NAMES_MAX = 1_000

export function danglingSubscriptions(account: Account): readonly string[] {
  const value = account.setting(SUBSCRIPTIONS_SETTING)
  if (!Array.isArray(value)) return []
  return value.filter((name): name is string => typeof name === 'string' && account.mailboxByPath(name) === null)
}

/** Adds one name and takes another out; either may be null. */
export function changeDangling(account: Account, add: string | null, remove: string | null): Operation {
  const names = danglingSubscriptions(account).filter((name) => name !== remove && name !== add)
  if (add !== null) names.push(add)
  return { kind: 'set', key: SUBSCRIPTIONS_SETTING, value: names.length === 0 ? null : names.slice(-NAMES_MAX) }
}
