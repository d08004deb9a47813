// Brings a client up to date with its selected mailbox (RFC 3501 §5.2, §7.3, §7.4): EXPUNGE (or VANISHED, RFC 7162 §3.2.10), EXISTS, RECENT, FETCH, in this order,
// so that each sequence number means the same to both sides.
//
// Where EXPUNGE is not allowed, EXISTS waits for it too: the number must never count what the client cannot place. What waits
// is found again by the next comparison; nothing is queued.

import type { MailboxView } from '#account/account.ts'
import { writeHighestModseq } from './condstore.ts'
import { flagOf, isSystemKeyword, SYSTEM_FLAGS } from './flag-names.ts'
import { flagList } from './message-flags.ts'
import { writeNewMessages } from './notify-fetch.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import type { Session } from './session.ts'
import { uidsOfNumbers, writeVanished } from './vanished.ts'

/** Lines between two looks at whether the client keeps up. */
const LINES_PER_LOOK = 512
/** Messages that are compared by the first and the last of them. */
const GONE_BLOCK = 1024

/**
 * Only one at a time may run in a session. `isOwed`: the command that ends took messages from the mailbox, so that the client must be told of what
 * is there even if it said by NOTIFY (RFC 5465) that it does not want to know.
 */
export async function writeUpdates(session: Session, mayExpunge: boolean, isOwed = false): Promise<void> {
  const selected = session.selected
  if (selected === null) return
  const live = selected.live()
  const isAligned = live !== null && selected.isAligned(live)
  const wanted = session.notifications?.set.selected ?? null
  const tellsMessages = isOwed || wanted === null || wanted.messages !== 'none'
  let hasNew = false
  let from = selected.count
  if (tellsMessages && (isAligned || mayExpunge)) {
    const gone = isAligned ? [] : goneNumbers(selected, live)
    const vanished = session.tellsVanished ? uidsOfNumbers(selected, gone) : []
    const kept = selected.count - gone.length
    if (gone.length > 0) selected.contexts?.writeGone(session, selected, gone)
    // From here on the client's list is the new one, though the lines that say so may take several pauses to send.
    selected.adopt(live)
    if (session.tellsVanished) await writeVanished(session, vanished, false)
    else await writeExpunges(session, gone)
    hasNew = live !== null && selected.count > kept
    if (hasNew) writeExists(session, selected)
    if (hasNew) from = kept
  }
  const changes = (await selected.contexts?.look(session, selected, from)) ?? null
  if (hasNew) await writeNewMessages(session, selected, from, changes)
  if (hasNew || !selected.pending.isEmpty) {
    writeKeywords(session, selected)
    await writeChangedFlags(session, selected)
  }
  if (changes !== null) await selected.contexts?.write(session, selected, changes)
  if (session.enabled.has('QRESYNC')) writeModseqKnown(session, selected)
}

/**
 * While a change waits, be it one that came in a pause of this reply, greater modseqs than its own may have been told with flags: a client that
 * loses its connection now would ask for what came after those, and never hear of it (RFC 7162 §3.2). It is told the modseq up to which it knows
 * everything.
 */
function writeModseqKnown(session: Session, selected: SelectedMailbox): void {
  const live = selected.live()
  const knowsAll = selected.pending.isEmpty && selected.held.isEmpty && (live === null || selected.isAligned(live))
  if (knowsAll && !selected.isBehind) return
  selected.isBehind = !knowsAll
  writeHighestModseq(session, selected.toldModseq, knowsAll ? 'Up to date' : 'Later changes are told later')
}

/** Sequence numbers of messages that the live view has no more, increasing. */
function goneNumbers(selected: SelectedMailbox, live: MailboxView | null): number[] {
  const { uids, count } = selected
  const gone: number[] = []
  let at = 0
  for (let position = 0; position < count; position++) {
    // UIDs increase in both lists, and none of the client's is missing between two that are as far apart in both.
    while (live !== null && isSameFor(GONE_BLOCK, uids, position, count, live, at)) {
      position += GONE_BLOCK
      at += GONE_BLOCK
    }
    if (position === count) break
    const uid = uids[position] as number
    if (live !== null) while (at < live.count && (live.uids[at] as number) < uid) at++
    if (live === null || at >= live.count || live.uids[at] !== uid) gone.push(position + 1)
    else at++
  }
  return gone
}

/** The next so many messages of both lists are the same. */
function isSameFor(
  length: number,
  uids: Uint32Array,
  from: number,
  count: number,
  live: MailboxView,
  at: number,
): boolean {
  if (from + length > count || at + length > live.count) return false
  return uids[from] === live.uids[at] && uids[from + length - 1] === live.uids[at + length - 1]
}

/** The last one first, so that no number shifts another. */
async function writeExpunges(session: Session, numbers: readonly number[]): Promise<void> {
  for (let index = numbers.length - 1; index >= 0; index--) {
    session.out.text('* ')
    session.out.number(numbers[index] as number)
    session.out.text(' EXPUNGE\r\n')
    if (index % LINES_PER_LOOK === 0) await session.room()
  }
}

async function writeChangedFlags(session: Session, selected: SelectedMailbox): Promise<void> {
  if (selected.pending.isEmpty) return
  let lines = 0
  for (const uid of selected.pending.take()) {
    const live = selected.live()
    const position = selected.positionOf(uid)
    if (live !== null && position >= 0) writeFlags(session, selected, live, position)
    if (++lines % LINES_PER_LOOK === 0) await session.room()
  }
}

function writeExists(session: Session, selected: SelectedMailbox): void {
  session.out.line(`* ${selected.count} EXISTS`)
  if (!selected.isReadOnly) session.shared.recentMarks.claim(selected, selected.recent)
  if (!session.isRev2) writeRecent(session, selected)
}

export function writeRecent(session: Session, selected: SelectedMailbox): void {
  session.out.line(`* ${selected.recentCount()} RECENT`)
}

/** `* n FETCH (UID u FLAGS (…) MODSEQ (…))`, or `* u UIDFETCH (FLAGS …)`; nothing if the message is gone. */
export function writeFlags(session: Session, selected: SelectedMailbox, live: MailboxView, position: number): void {
  const at = selected.livePosition(live, position)
  if (at < 0) return
  const { out } = session
  out.text('* ')
  if (session.isUidOnly) {
    // RFC 9586 §3.3.
    out.number(selected.uids[position] as number)
    out.text(' UIDFETCH (FLAGS ')
  } else {
    out.number(position + 1)
    out.text(' FETCH (UID ')
    out.number(selected.uids[position] as number)
    out.text(' FLAGS ')
  }
  out.bytes(flagList(session, selected, live, at))
  if (session.enabled.has('CONDSTORE')) {
    out.text(' MODSEQ (')
    out.number(live.modseqs[at] as number)
    out.text(')')
  }
  out.text(')\r\n')
}

/** FLAGS and PERMANENTFLAGS, if the client was not told of a keyword that is in use now (RFC 3501 §7.2.6). */
export function writeKeywords(session: Session, selected: SelectedMailbox): void {
  const keywords = session.account.keywords(selected.id).filter((keyword) => !isSystemKeyword(keyword))
  const joined = keywords.join(' ')
  if (joined === selected.toldKeywords) return
  selected.toldKeywords = joined
  const flags = [SYSTEM_FLAGS, ...keywords.map(flagOf)].join(' ')
  session.out.line(`* FLAGS (${flags})`)
  session.out.line(`* OK [PERMANENTFLAGS (${selected.isReadOnly ? '' : `${flags} \\*`})] Limited`)
}
