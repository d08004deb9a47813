// Keywords are made by using them. This bounds how many different ones an account can have.

import type { Account } from '#account/account.ts'
import { isSystemKeyword } from './flag-names.ts'
import { KEYWORDS_MAX } from './limits.ts'

/** True if using these would give the account more keywords than it may have. */
export function exceedsKeywordLimit(account: Account, keywords: readonly string[]): boolean {
  if (keywords.every(isSystemKeyword)) return false
  const known = new Set(account.keywords())
  const added = keywords.filter((keyword) => !known.has(keyword) && !isSystemKeyword(keyword))
  return added.length > 0 && known.size + added.length > KEYWORDS_MAX
}
