// VANISHED responses (RFC 7162 §3.2.10), which name expunged messages by UID. Without EARLIER they take messages from the client's list, as
// EXPUNGE does; with it they say what was expunged while the client was away, and no UID of that list may be among them.

import type { Modseq } from '#base/ids.ts'
import type { RangeSet } from '#account/operation.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import { type Ranges, formatRanges, rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'

/** Some kilobytes. */
const RANGES_PER_LINE = 400

/** Throws SessionEndedError. */
export async function writeVanished(session: Session, uids: RangeSet, isEarlier: boolean): Promise<void> {
  for (let start = 0; start < uids.length; start += RANGES_PER_LINE) {
    const ranges = formatRanges(uids.slice(start, start + RANGES_PER_LINE))
    session.out.line(`* VANISHED ${isEarlier ? '(EARLIER) ' : ''}${ranges}`)
    await session.room()
  }
}

/** What of `asked` was expunged after `modseq`, as far as the client will not be told of it by a plain VANISHED. */
export function vanishedEarlier(session: Session, selected: SelectedMailbox, asked: RangeSet, modseq: number): Ranges {
  const gone = session.account.vanishedSince(selected.id, modseq as Modseq)
  return withoutTold(selected, intersection(gone, asked))
}

/** Both increase, and so does the result. */
export function intersection(left: RangeSet, right: RangeSet): Ranges {
  const common: [number, number][] = []
  let at = 0
  for (const [first, last] of left) {
    while (at < right.length && (right[at] as readonly [number, number])[1] < first) at++
    for (let next = at; next < right.length; next++) {
      const [from, to] = right[next] as readonly [number, number]
      if (from > last) break
      common.push([Math.max(first, from), Math.min(last, to)])
    }
  }
  return common
}

/** Without the UIDs that are in the client's list still. */
function withoutTold(selected: SelectedMailbox, uids: Ranges): Ranges {
  const rest: [number, number][] = []
  for (const [first, last] of uids) {
    let next = first
    for (let at = selected.positionFrom(first); at < selected.count; at++) {
      const told = selected.uids[at] as number
      if (told > last) break
      if (told > next) rest.push([next, told - 1])
      next = told + 1
    }
    if (next <= last) rest.push([next, last])
  }
  return rest
}

/** UIDs of messages by their sequence numbers in the client's list, which increase. */
export function uidsOfNumbers(selected: SelectedMailbox, numbers: readonly number[]): Ranges {
  return rangesOf(numbers.map((number) => selected.uids[number - 1] as number))
}
