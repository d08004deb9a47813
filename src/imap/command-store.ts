// STORE and UID STORE (RFC 9051 §6.4.6, §6.4.9; UNCHANGEDSINCE: RFC 7162 §3.1.3).
//
// The command tells the client of its own changes, or with .SILENT does not; what other sessions changed meanwhile is told in
// either case (RFC 3501 §6.4.6). The two are told apart by comparing flags with what this command alone would have made of them.

import type { Modseq } from '#base/ids.ts'
import { type Command, type Completion, no, ok } from './command.ts'
import { enableCondstore } from './condstore.ts'
import type { Cursor } from './cursor.ts'
import { SyntaxFailure } from './cursor.ts'
import { parseFlags } from './flag-names.ts'
import { exceedsKeywordLimit } from './keyword-limit.ts'
import { resolveSet, selectedOf } from './message-set.ts'
import type { SelectedMailbox, Spans } from './selected-mailbox.ts'
import { type SequenceSet, formatRanges, parseSequenceSet, rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'
import { commitStore } from './store-commit.ts'
import { expectation, flagsBefore, indexStarts, indexWithin } from './store-expectation.ts'
import { type FlagChange, FlagEffects } from './store-plan.ts'
import { TimeSlice } from '#base/time-slice.ts'
import { writeFlags, writeKeywords } from './updates.ts'

interface Args {
  readonly set: SequenceSet
  readonly change: FlagChange
  readonly isSilent: boolean
  readonly unchangedSince: Modseq | null
}

function parse(cursor: Cursor): Args {
  cursor.space()
  const set = parseSequenceSet(cursor)
  cursor.space()
  let unchangedSince: Modseq | null = null
  if (cursor.skip('(')) {
    if (!cursor.skipWord('UNCHANGEDSINCE')) throw new SyntaxFailure('UNCHANGEDSINCE is the only modifier')
    cursor.space()
    unchangedSince = cursor.number64() as Modseq
    cursor.expect(')')
    cursor.space()
  }
  const mode = cursor.skip('+') ? 'add' : cursor.skip('-') ? 'remove' : 'replace'
  const name = cursor.itemName()
  if (name !== 'FLAGS' && name !== 'FLAGS.SILENT') throw new SyntaxFailure(`there is no item ${name}`)
  cursor.space()
  return { set, change: { mode, flags: parseFlags(cursor, true) }, isSilent: name === 'FLAGS.SILENT', unchangedSince }
}

async function run(session: Session, args: Args, isUid: boolean): Promise<Completion> {
  const selected = selectedOf(session)
  if (selected.isReadOnly) return no('The mailbox is read-only', 'READ-ONLY')
  const resolved = resolveSet(session, selected, args.set, isUid)
  if (!resolved.ok) return resolved.error
  const spans = resolved.value
  if (args.change.mode !== 'remove' && exceedsKeywordLimit(session.account, args.change.flags.keywords))
    return no('There are too many keywords', 'LIMIT')
  if (args.unchangedSince !== null) enableCondstore(session)
  const effects = new FlagEffects(session.account, args.change)
  const before = flagsBefore(selected, spans)
  const pending = selected.pending.take()
  let refused: readonly number[]
  try {
    refused = await commitStore(session, selected, spans, args.change, effects, args.unchangedSince)
  } catch (error) {
    selected.pending.add(pending)
    throw error
  }
  session.checkConnected()
  const during = selected.pending.take()
  writeKeywords(session, selected)
  if (args.isSilent) {
    selected.pending.add(pending)
    // With CONDSTORE the client is told the new modseq even so (RFC 7162 §3.1.3): all of it stays pending.
    const isExpected = session.enabled.has('CONDSTORE') ? () => false : expectation(selected, spans, before, effects)
    selected.pending.add(during.filter((uid) => !isExpected(uid)))
  } else {
    const starts = indexStarts(spans)
    const left = new Set(refused)
    // Of what was refused nothing is told here, and what others did to it is still to be told.
    const isTold = (uid: number): boolean => !left.has(uid) && indexWithin(spans, selected.positionOf(uid), starts) >= 0
    selected.pending.add(pending.filter((uid) => !isTold(uid)))
    selected.pending.add(during.filter((uid) => !isTold(uid)))
    await writeAll(session, selected, spans, left)
  }
  if (refused.length === 0) return ok('Stored')
  const names = isUid ? refused : refused.map((uid) => selected.positionOf(uid) + 1)
  return ok('Some messages had changed', `MODIFIED ${formatRanges(rangesOf(names))}`)
}

async function writeAll(
  session: Session,
  selected: SelectedMailbox,
  spans: Spans,
  refused: ReadonlySet<number>,
): Promise<void> {
  const slice = new TimeSlice(session.host)
  let lines = 0
  for (const [first, last] of spans) {
    for (let position = first; position <= last; position++) {
      const live = selected.live()
      if (live === null) return
      if (!refused.has(selected.uids[position] as number)) writeFlags(session, selected, live, position)
      if (++lines % 512 !== 0) continue
      await session.room()
      if (slice.isOver) await slice.next()
      session.checkConnected()
    }
  }
}

export const store: Command<Args> = {
  name: 'STORE',
  state: 'selected',
  mayExpunge: false,
  usesNumbers: true,
  changes: true,
  parse,
  run: (session, args) => run(session, args, false),
}

export const uidStore: Command<Args> = {
  ...store,
  name: 'UID STORE',
  mayExpunge: true,
  usesNumbers: false,
  changes: true,
  run: (session, args) => run(session, args, true),
}
