// Ends the memberships marked `\Deleted` of the selected mailbox, as it is now and not as the client knows it.

import { positionRanges } from './live-positions.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import { type Ranges, rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'

/** Only those whose UIDs are in `within`, if it is given. False if there were none. Throws CommitRefusedError. */
export async function removeDeleted(
  session: Session,
  selected: SelectedMailbox,
  within: Ranges | null,
): Promise<boolean> {
  const live = selected.live()
  if (live === null) return false
  const uids: number[] = []
  for (const [first, last] of within === null ? [[0, live.count - 1] as const] : positionRanges(live, within)) {
    for (let at = first; at <= last; at++) {
      if (session.shared.flagLists.get(live.flags[at] as number).deleted) uids.push(live.uids[at] as number)
    }
  }
  if (uids.length === 0) return false
  await session.account.commit([{ kind: 'remove', mailbox: selected.id, set: rangesOf(uids) }])
  return true
}
