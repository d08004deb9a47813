// UIDVALIDITY of new mailboxes (RFC 3501 §2.3.1.1): a name that is used again must get a greater one than before, so the
// values of one account only grow: from the clock, and past every one given or in use.

import type { Account } from '#account/account.ts'

const UID_VALIDITY_MAX = 0xffff_ffff

export class UidValidities {
  readonly #account: Account
  #last = 0

  constructor(account: Account) {
    this.#account = account
  }

  next(nowMs: number): number {
    let value = Math.max(Math.floor(nowMs / 1000), this.#last + 1)
    for (const mailbox of this.#account.mailboxes()) value = Math.max(value, mailbox.uidValidity + 1)
    this.#last = Math.min(value, UID_VALIDITY_MAX)
    return this.#last
  }
}
