// Ids as JMAP's clients see them (RFC 8620 §1.2).

import type { AccountId } from '#base/ids.ts'
import { ID_LENGTH_MAX } from './limits.ts'

export {
  formatEmailId,
  formatMailboxId,
  formatThreadId,
  parseEmailId,
  parseMailboxId,
  parseNumbered,
  parseThreadId,
} from '#base/object-ids.ts'

const ID = /^[A-Za-z0-9_-]+$/

export function isId(text: string): boolean {
  return text.length <= ID_LENGTH_MAX && ID.test(text)
}

export function formatAccountId(id: AccountId): string {
  return `a${id}`
}
