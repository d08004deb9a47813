// \Recent (RFC 3501 §2.3.2): a message is recent in the one session that was first told of it.
//
// The log does not record who was told: that would cost a durable write for each look at new mail. The marks live with the
// unlocked account in its vault process. After an unlock nobody knows what was told before, and RFC 3501 says that
// messages then should count as recent: so the first session to select a mailbox sees all of it so. IMAP4rev2 has no \Recent.

import type { MailboxId } from '#base/ids.ts'

/** The UIDs that are recent in one session: inclusive ranges, increasing. */
export type RecentRanges = [first: number, last: number][]

/** A list of messages: a MailboxView, or what a client was told of one. */
interface Messages {
  readonly id: MailboxId
  readonly uids: Uint32Array
  readonly count: number
}

/** Ranges kept per session; beyond it the oldest messages stop being recent. */
const RANGES_MAX = 256

export class RecentMarks {
  /** The first UID that no session was told of. */
  readonly #untold = new Map<MailboxId, number>()

  /** Messages of `messages` that no session was told of; they count as told now. */
  claim(messages: Messages, ranges: RecentRanges): void {
    const untold = this.#untold.get(messages.id) ?? 1
    const last = messages.count === 0 ? 0 : (messages.uids[messages.count - 1] as number)
    if (last < untold) return
    this.#untold.set(messages.id, last + 1)
    const previous = ranges.at(-1)
    if (previous !== undefined && previous[1] + 1 === untold) previous[1] = last
    else ranges.push([untold, last])
    if (ranges.length > RANGES_MAX) ranges.shift()
  }

  /** How many messages a session that selected the mailbox now would see as recent. Changes nothing. */
  count(messages: Messages): number {
    const untold = this.#untold.get(messages.id) ?? 1
    let count = 0
    while (count < messages.count && (messages.uids[messages.count - 1 - count] as number) >= untold) count++
    return count
  }

  /** The ranges that `claim` would give, for EXAMINE, which leaves messages recent. */
  peek(messages: Messages): RecentRanges {
    const last = messages.count === 0 ? 0 : (messages.uids[messages.count - 1] as number)
    const untold = this.#untold.get(messages.id) ?? 1
    return last < untold ? [] : [[untold, last]]
  }
}

export function isRecent(ranges: RecentRanges, uid: number): boolean {
  for (let index = ranges.length - 1; index >= 0; index--) {
    const range = ranges[index] as [number, number]
    if (uid >= range[0]) return uid <= range[1]
  }
  return false
}
