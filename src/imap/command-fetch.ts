// FETCH and UID FETCH (RFC 9051 §6.4.5, §6.4.9).

import type { MailboxView } from '#account/account.ts'
import { type Command, type Completion, bad, no, ok } from './command.ts'
import { enableCondstore } from './condstore.ts'
import { type FetchArgs, parseFetch } from './fetch-parse.ts'
import { modseqItem, uidItem } from './fetch-row-items.ts'
import { countOf, fetchSpans } from './fetch-run.ts'
import { resolveSet, selectedOf } from './message-set.ts'
import { type PartialRange, partOf } from './partial-range.ts'
import type { SelectedMailbox, Spans } from './selected-mailbox.ts'
import { normalizeRanges, rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'
import { vanishedEarlier, writeVanished } from './vanished.ts'

async function run(session: Session, args: FetchArgs, isUid: boolean): Promise<Completion> {
  if (args.vanished && !session.enabled.has('QRESYNC')) return bad('QRESYNC has to be enabled first')
  const selected = selectedOf(session)
  const spans = resolveSet(session, selected, args.set, isUid)
  if (!spans.ok) return spans.error
  // RFC 7162 §3.1: either shows that the client understands CONDSTORE.
  if (args.changedSince !== null || args.items.includes(modseqItem)) enableCondstore(session)
  if (args.vanished) await writeVanishedOf(session, selected, args)
  const { changedSince, partial } = args
  // RFC 9586 §3.3: UIDFETCH says it already.
  const items = session.isUidOnly && args.isUidImplied ? args.items.filter((item) => item !== uidItem) : args.items
  const asked = partial === null ? spans.value : partOfSpans(selected, spans.value, partial)
  const report = await fetchSpans(session, selected, asked, items, changedSince)
  if (report.damaged > 0) return no('Damaged messages were not served', 'CORRUPTION')
  if (report.undecodable > 0) return no('The encoding of a part is not known', 'UNKNOWN-CTE')
  // RFC 2180 §4.1.3, RFC 5530 §3: the others were served.
  if (report.gone > 0 && !isUid) return no('Some of the messages were expunged', 'EXPUNGEISSUED')
  return ok('That is all')
}

/** Before FETCH responses (RFC 7162 §3.2.6). `*` is the last UID that was given out, for its message may be among those that went. */
async function writeVanishedOf(session: Session, selected: SelectedMailbox, args: FetchArgs): Promise<void> {
  const { set, changedSince } = args
  const uidNext = session.account.mailbox(selected.id)?.uidNext ?? 1
  const asked = set.kind === 'saved' ? session.savedUids : normalizeRanges(set.ranges, uidNext - 1)
  await writeVanished(session, vanishedEarlier(session, selected, asked, changedSince ?? 0), true)
}

/** Of the messages that are there, a part (RFC 9394 §3.3). What else is asked of them, as by CHANGEDSINCE, is asked of that part (§3.4). */
function partOfSpans(selected: SelectedMailbox, spans: Spans, partial: PartialRange): Spans {
  const live = selected.live()
  if (live === null) return []
  const there = selected.isAligned(live) ? spans : rangesOf(positionsThere(selected, live, spans))
  const { start, end } = partOf(countOf(there), partial)
  const part: Spans = []
  let before = 0
  for (const [first, last] of there) {
    const from = Math.max(first, first + start - before)
    const to = Math.min(last, first + end - before - 1)
    if (from <= to) part.push([from, to])
    before += last - first + 1
  }
  return part
}

function* positionsThere(selected: SelectedMailbox, live: MailboxView, spans: Spans): Generator<number> {
  for (const [first, last] of spans) {
    for (let position = first; position <= last; position++) {
      if (selected.livePosition(live, position) >= 0) yield position
    }
  }
}

export const fetch: Command<FetchArgs> = {
  name: 'FETCH',
  state: 'selected',
  mayExpunge: false,
  usesNumbers: true,
  parse: (cursor) => parseFetch(cursor, false),
  run: (session, args) => run(session, args, false),
}

export const uidFetch: Command<FetchArgs> = {
  name: 'UID FETCH',
  state: 'selected',
  mayExpunge: true,
  parse: (cursor) => parseFetch(cursor, true),
  run: (session, args) => run(session, args, true),
}
