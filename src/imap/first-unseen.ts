// The first unseen message of a mailbox, which SELECT names (RFC 3501 §7.1). In a large mailbox nearly all that is old is seen: how far that is known
// is kept for all sessions, so that it is not looked for again by each SELECT.

import type { MailboxId } from '#base/ids.ts'
import type { Account, MailboxView } from '#account/account.ts'
import type { FlagLists } from './flag-lists.ts'

export class FirstUnseen {
  readonly #flagLists: FlagLists
  /** Messages with lower UIDs are seen. */
  readonly #seenBelow = new Map<MailboxId, number>()

  constructor(account: Account, flagLists: FlagLists) {
    this.#flagLists = flagLists
    account.subscribe(({ mailboxes }) => {
      for (const [id, { changed }] of mailboxes) {
        const known = this.#seenBelow.get(id)
        // UIDs of what came are greater than all that were there.
        const lowest = changed[0]
        if (known !== undefined && lowest !== undefined && lowest < known) this.#seenBelow.set(id, lowest)
      }
    })
  }

  /** Its position, or -1. */
  positionIn(view: MailboxView): number {
    const { uids, flags, count, mailbox } = view
    let position = lowerBound(uids, count, this.#seenBelow.get(mailbox) ?? 0)
    while (position < count && this.#flagLists.get(flags[position] as number).seen) position++
    if (position < count) this.#seenBelow.set(mailbox, uids[position] as number)
    else if (count > 0) this.#seenBelow.set(mailbox, (uids[count - 1] as number) + 1)
    return position < count ? position : -1
  }
}

/** The first position with at least that UID. */
function lowerBound(uids: Uint32Array, count: number, uid: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((uids[middle] as number) < uid) low = middle + 1
    else high = middle
  }
  return low
}
