// The QRESYNC parameter of SELECT and EXAMINE (RFC 7162 §3.2.5): a client says what it knows of the mailbox, and is told what has been expunged
// and which flags have changed since.
//
// Ranges are compared as ranges, never UID by UID: what a client names may be four thousand million UIDs long.

import { type Cursor, SyntaxFailure } from './cursor.ts'
import { flagsItem, modseqItem, uidItem } from './fetch-row-items.ts'
import { fetchSpans } from './fetch-run.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import { type Ranges, normalizeRanges, parseSequenceSet } from './sequence-set.ts'
import type { Session } from './session.ts'
import { intersection, vanishedEarlier, writeVanished } from './vanished.ts'

export interface Resync {
  readonly uidValidity: number
  readonly modseq: number
  /** Null: all. */
  readonly known: Ranges | null
  /** Sequence numbers and the UIDs that messages with them had, pair by pair. */
  readonly matches: { readonly numbers: Ranges; readonly uids: Ranges } | null
}

/** Behind the parameter's name. Throws SyntaxFailure. */
export function parseResync(cursor: Cursor, session: Session): Resync {
  // RFC 7162 §3.2.5: without ENABLE, BAD.
  if (!session.enabled.has('QRESYNC')) throw new SyntaxFailure('QRESYNC has to be enabled first')
  cursor.space()
  cursor.expect('(')
  const uidValidity = cursor.nonZeroNumber()
  cursor.space()
  const modseq = cursor.number64()
  if (modseq === 0) throw new SyntaxFailure('a modification sequence is over 0')
  let known: Ranges | null = null
  let matches: Resync['matches'] = null
  if (cursor.skip(' ')) {
    if (!cursor.isAtList) {
      known = normalizeRanges(parseKnown(cursor), 0)
      if (cursor.skip(' ')) matches = parseMatches(cursor)
    } else matches = parseMatches(cursor)
  }
  cursor.expect(')')
  return { uidValidity, modseq, known, matches }
}

/** A set of numbers, without `*` or `$`. */
function parseKnown(cursor: Cursor): Ranges {
  const set = parseSequenceSet(cursor)
  if (set.kind === 'saved' || set.ranges.some((range) => !range.every(Number.isFinite))) {
    throw new SyntaxFailure('a set of known numbers has only numbers')
  }
  return [...set.ranges]
}

function parseMatches(cursor: Cursor): Resync['matches'] {
  cursor.expect('(')
  const numbers = parseIncreasing(cursor)
  cursor.space()
  const uids = parseIncreasing(cursor)
  cursor.expect(')')
  if (lengthOf(numbers) !== lengthOf(uids)) throw new SyntaxFailure('as many sequence numbers as UIDs expected')
  return { numbers, uids }
}

function parseIncreasing(cursor: Cursor): Ranges {
  const ranges = parseKnown(cursor)
  let after = 0
  for (const [first, last] of ranges) {
    if (first <= after || last < first) throw new SyntaxFailure('numbers in increasing order expected')
    after = last
  }
  return ranges
}

function lengthOf(ranges: Ranges): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

/** Throws SessionEndedError. */
export async function writeResync(session: Session, selected: SelectedMailbox, resync: Resync): Promise<void> {
  if (resync.uidValidity !== selected.uidValidity) return
  const known: Ranges = resync.known ?? [[1, 0xffff_ffff]]
  const floor = resync.matches === null ? 0 : lastMatch(selected, resync.matches.numbers, resync.matches.uids)
  const asked = floor >= 0xffff_ffff ? [] : intersection(known, [[floor + 1, 0xffff_ffff]])
  // VANISHED comes before FETCH (RFC 7162 §3.2.5).
  const spans = selected.spansOfUids(known)
  await writeVanished(session, vanishedEarlier(session, selected, asked, resync.modseq), true)
  const items = session.isUidOnly ? [flagsItem, modseqItem] : [uidItem, flagsItem, modseqItem]
  await fetchSpans(session, selected, spans, items, resync.modseq)
}

/**
 * The greatest UID whose message has the sequence number that the client thinks, or 0: up to there it knows what was expunged (RFC 7162
 * §3.2.5.2).
 */
function lastMatch(selected: SelectedMailbox, numbers: Ranges, uids: Ranges): number {
  let found = 0
  let uidAt = 0
  let uidsDone = 0
  for (const [first, last] of numbers) {
    let number = first
    while (number <= last && uidAt < uids.length) {
      const range = uids[uidAt] as readonly [number, number]
      const uid = range[0] + uidsDone
      const length = Math.min(last - number, range[1] - uid) + 1
      const match = lastMatchWithin(selected, number, uid, length)
      if (match > 0) found = match
      number += length
      uidsDone += length
      if (range[0] + uidsDone <= range[1]) continue
      uidAt++
      uidsDone = 0
    }
  }
  return found
}

/** As far as numbers and UIDs count together: UIDs grow at least as fast as numbers, so that a search by halves finds the last pair that matches. */
function lastMatchWithin(selected: SelectedMailbox, number: number, uid: number, length: number): number {
  let low = 0
  let high = Math.min(length, selected.count - number + 1)
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((selected.uids[number - 1 + middle] as number) <= uid + middle) low = middle + 1
    else high = middle
  }
  const at = low - 1
  return at >= 0 && selected.uids[number - 1 + at] === uid + at ? uid + at : 0
}
