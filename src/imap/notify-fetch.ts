// What a client asked to be given of each new message of the selected mailbox: by NOTIFY (RFC 5465 §5.2), or by a search that it is kept up to date
// with (§7). Of each message there is one response.

import type { FetchItem } from './fetch-item.ts'
import { uidItem } from './fetch-row-items.ts'
import { fetchSpans } from './fetch-run.ts'
import { type ContextChanges, itemsOfNew } from './search-contexts.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import { rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'

/** `from`: the position of the first that is new. Throws SessionEndedError. */
export async function writeNewMessages(
  session: Session,
  selected: SelectedMailbox,
  from: number,
  changes: ContextChanges | null,
): Promise<void> {
  const { notifications } = session
  const wanted = notifications?.set.selected.items ?? []
  const found = changes === null ? [] : itemsOfNew(changes)
  if (wanted.length === 0 && found.length === 0) return
  // By who asked for them, as bits.
  const groups = new Map<number, number[]>()
  for (let position = from; position < selected.count; position++) {
    const uid = selected.uids[position] as number
    // RFC 5465 §5.2: its own the client knows.
    if (notifications?.ownUids.has(uid) === true) continue
    let askers = wanted.length > 0 ? 1 : 0
    for (const [index, { uids }] of found.entries()) if (uids.has(uid)) askers |= 2 << index
    const positions = groups.get(askers)
    if (positions === undefined) groups.set(askers, [position])
    else positions.push(position)
  }
  notifications?.ownUids.clear()
  for (const [askers, positions] of groups) {
    const items = new Set<FetchItem>((askers & 1) !== 0 ? wanted : [])
    for (const [index, one] of found.entries())
      if ((askers & (2 << index)) !== 0) for (const item of one.items) items.add(item)
    // RFC 9586 §3.3: UIDFETCH says it already.
    if (session.isUidOnly) items.delete(uidItem)
    if (items.size === 0) continue
    // Nobody has seen a message because it was told of.
    const asked = [...items].map((item) => ({ ...item, marksSeen: false }))
    await fetchSpans(session, selected, rangesOf(positions), asked, null)
  }
}
