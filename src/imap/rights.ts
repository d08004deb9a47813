// What a session may do with a mailbox (RFC 4314 §2.1). There are an account's own mailboxes only: its owner may do everything with them, a session
// that may only read may look things up and read them, and nobody else may do anything.

import type { Mailbox } from '#account/account.ts'
import type { Session } from './session.ts'

/** With the obsolete `c` and `d`, which stand for `k`, `x` and for `e`, `t` (RFC 4314 §2.1.1). */
const OWNER = 'lrswipkxtecda'
const READER = 'lr'

/** Of the owner in the session that asks. INBOX cannot be deleted. */
export function rightsOf(session: Session, mailbox: Mailbox): string {
  return session.isReadOnly ? READER : ownerRights(mailbox)
}

export function ownerRights({ role }: Mailbox): string {
  return role === 'inbox' ? OWNER.replace('x', '') : OWNER
}

export function isRight(letter: string): boolean {
  return letter.length === 1 && OWNER.includes(letter)
}

/** An access control list is shown to, and changed by, who has the right `a`. */
export function mayAdminister(session: Session): boolean {
  return !session.isReadOnly
}
