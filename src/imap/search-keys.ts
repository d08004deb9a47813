// SEARCH keys by name (RFC 9051 §6.4.4, RFC 3501 §6.4.4; MODSEQ: RFC 7162 §3.1.5; OLDER, YOUNGER: RFC 5032; EMAILID, THREADID:
// RFC 8474; SAVED…: RFC 8514 §4.3; FILTER: RFC 5466).

import { type Cursor, SyntaxFailure } from './cursor.ts'
import { dayOf, parseDay } from './date-time.ts'
import { parseKeyword } from './flag-names.ts'
import { type Ranges, type SequenceSet, normalizeRanges, parseSequenceSet } from './sequence-set.ts'
import { LIST_ITEMS_MAX } from './limits.ts'
import { emailIdKey, threadIdKey } from './search-ids.ts'
import { isRecent } from './recent-marks.ts'
import { type SearchLeaf, type SearchNode, leaf } from './search-node.ts'
import type { SearchRows } from './search-rows.ts'
import { textLeaf } from './search-text.ts'

/** The keys of a stored search by its name. Throws SyntaxFailure. */
export type FilterLookup = (name: string) => SearchNode

type KeyParser = (cursor: Cursor, filters: FilterLookup) => SearchNode

const not = (node: SearchNode): SearchNode => ({ kind: 'not', node })
const and = (...nodes: SearchNode[]): SearchNode => ({ kind: 'and', nodes })

const deleted = leaf(0, ({ session, flags }, row) => session.shared.flagLists.get(flags[row] as number).deleted)
const seen = leaf(0, ({ session, flags }, row) => session.shared.flagLists.get(flags[row] as number).seen)
const recent = leaf(0, ({ selected, uids }, row) => isRecent(selected.recent, uids[row] as number))
const all = leaf(0, () => true)

function keyword(name: string): SearchLeaf {
  // Whether a set of flags has it is found out once for each set.
  return {
    kind: 'leaf',
    cost: 0,
    test(rows, within) {
      const known = new Map<number, boolean>()
      return within.map((value, row) => {
        const flags = rows.flags[row] as number
        let has = known.get(flags)
        if (has === undefined) known.set(flags, (has = rows.session.account.flagSet(flags).keywords.includes(name)))
        return has ? value : 0
      })
    },
  }
}

function keywordKey(cursor: Cursor): SearchLeaf {
  cursor.space()
  return keyword(parseKeyword(cursor))
}

function internalDay(test: (day: number, asked: number) => boolean): KeyParser {
  return (cursor) => {
    cursor.space()
    const asked = parseDay(cursor)
    return leaf(0, (rows, row) => test(dayOf(rows.internalDate(row)), asked))
  }
}

/** In UTC, as FETCH tells it. */
function savedDay(test: (day: number, asked: number) => boolean): KeyParser {
  return (cursor) => {
    cursor.space()
    const asked = parseDay(cursor)
    return leaf(0, (rows, row) => test(dayOf(rows.savedAt(row)), asked))
  }
}

/** The day as its sender wrote it: in the sender's zone (RFC 9051 §6.4.4: disregarding time and time zone). */
function sentDay(test: (day: number, asked: number) => boolean): KeyParser {
  return (cursor) => {
    cursor.space()
    const asked = parseDay(cursor)
    return leaf(1, (rows, row) => {
      const sent = rows.summary(row)?.sentAt ?? null
      return sent !== null && test(dayOf(sent.ms + sent.zoneMinutes * 60_000), asked)
    })
  }
}

function sizeKey(test: (size: number, asked: number) => boolean): KeyParser {
  return (cursor) => {
    cursor.space()
    const asked = cursor.number64()
    return leaf(0, (rows, row) => test(rows.size(row), asked))
  }
}

function ageKey(test: (ageMs: number, askedMs: number) => boolean): KeyParser {
  return (cursor) => {
    cursor.space()
    const askedMs = cursor.nonZeroNumber() * 1000
    // Messages grow older without a change.
    return {
      ...leaf(0, (rows, row) => test(rows.session.host.now() - rows.internalDate(row), askedMs)),
      freeze: () => null,
    }
  }
}

function textKey(field: 'subject' | 'from' | 'to' | 'cc' | 'bcc' | 'body' | 'text'): KeyParser {
  return (cursor) => {
    cursor.space()
    return textLeaf({ field, value: cursor.text() })
  }
}

function headerKey(cursor: Cursor): SearchNode {
  cursor.space()
  const name = cursor.text().toLowerCase()
  cursor.space()
  return textLeaf({ field: 'header', name, value: cursor.text() })
}

function numbersLeaf(cursor: Cursor, isUid: boolean): SearchLeaf {
  const set = parseSequenceSet(cursor)
  return {
    kind: 'leaf',
    cost: 0,
    ...(set.kind === 'ranges' && !isUid ? { usesNumbers: true } : {}),
    ...(set.kind === 'saved' ? { usesSaved: true } : {}),
    freeze: (rows) => frozenNumbers(rows, set, isUid),
    test(rows, within) {
      const { selected } = rows
      const largest = isUid ? selected.largestUid() : selected.count
      // RFC 7377 §2: a number beyond the last message is no mistake.
      const ranges = set.kind === 'saved' ? rows.session.savedUids : normalizeRanges(set.ranges, largest)
      const numberOf =
        isUid || set.kind === 'saved'
          ? (row: number) => rows.uids[row] as number
          : (row: number) => (rows.positions[row] as number) + 1
      return maskOfRanges(rows, within, ranges, numberOf)
    },
  }
}

/** RFC 5267 §4.3: sequence numbers are those of the time of the search. */
function frozenNumbers(rows: SearchRows, set: SequenceSet, isUid: boolean): SearchLeaf | null {
  const { selected, session } = rows
  if (set.kind === 'ranges' && isUid) {
    // What the largest UID is changes for others, too, unless what begins below it is open.
    const largest = selected.largestUid()
    const isFixed = set.ranges.every(
      ([first, last]) => Math.min(first, last) <= largest || Math.max(first, last) < Infinity,
    )
    if (!isFixed) return null
    return uidsLeaf(normalizeRanges(set.ranges, 0xffff_ffff))
  }
  if (set.kind === 'saved') return uidsLeaf(session.savedUids)
  return uidsLeaf(selected.uidRanges(selected.spansOfNumbers(normalizeRanges(set.ranges, selected.count))))
}

function uidsLeaf(ranges: Ranges): SearchLeaf {
  return {
    kind: 'leaf',
    cost: 0,
    test: (rows, within) => maskOfRanges(rows, within, ranges, (row) => rows.uids[row] as number),
  }
}

/** Rows and ranges both increase: one walk through them. */
function maskOfRanges(
  rows: SearchRows,
  within: Uint8Array,
  ranges: readonly (readonly [number, number])[],
  numberOf: (row: number) => number,
): Uint8Array {
  const mask = new Uint8Array(within.length)
  let at = 0
  for (let row = 0; row < rows.count && at < ranges.length; row++) {
    const number = numberOf(row)
    while (at < ranges.length && number > (ranges[at] as readonly [number, number])[1]) at++
    if (at < ranges.length && number >= (ranges[at] as readonly [number, number])[0]) mask[row] = within[row] as number
  }
  return mask
}

/** `MODSEQ ["name" type] n`: all of a message's flags have one modseq here, so the name says nothing. */
function modseqKey(cursor: Cursor): SearchLeaf {
  cursor.space()
  if (cursor.peek() === 0x22) {
    cursor.string()
    cursor.space()
    const type = cursor.word()
    if (!['PRIV', 'SHARED', 'ALL'].includes(type)) throw new SyntaxFailure('priv, shared or all expected')
    cursor.space()
  }
  const asked = cursor.number64()
  return { ...leaf(0, ({ modseqs }, row) => (modseqs[row] as number) >= asked), isModseq: true }
}

function orKey(cursor: Cursor, filters: FilterLookup): SearchNode {
  cursor.space()
  const left = parseKey(cursor, filters)
  cursor.space()
  return { kind: 'or', left, right: parseKey(cursor, filters) }
}

function notKey(cursor: Cursor, filters: FilterLookup): SearchNode {
  cursor.space()
  return not(parseKey(cursor, filters))
}

function filterKey(cursor: Cursor, filters: FilterLookup): SearchNode {
  cursor.space()
  const name = cursor.atom()
  if (name.includes('/')) throw new SyntaxFailure('the name of a filter has no /')
  return filters(name)
}

const KEYS: Readonly<Record<string, KeyParser>> = {
  ALL: () => all,
  ANSWERED: () => keyword('$answered'),
  BCC: textKey('bcc'),
  BEFORE: internalDay((day, asked) => day < asked),
  BODY: textKey('body'),
  CC: textKey('cc'),
  DELETED: () => deleted,
  EMAILID: emailIdKey,
  DRAFT: () => keyword('$draft'),
  FILTER: filterKey,
  FLAGGED: () => keyword('$flagged'),
  FROM: textKey('from'),
  HEADER: headerKey,
  KEYWORD: keywordKey,
  LARGER: sizeKey((size, asked) => size > asked),
  MODSEQ: modseqKey,
  NEW: () => and(recent, not(seen)),
  NOT: notKey,
  OLD: () => not(recent),
  OLDER: ageKey((age, asked) => age >= asked),
  ON: internalDay((day, asked) => day === asked),
  OR: orKey,
  RECENT: () => recent,
  SAVEDATESUPPORTED: () => all,
  SAVEDBEFORE: savedDay((day, asked) => day < asked),
  SAVEDON: savedDay((day, asked) => day === asked),
  SAVEDSINCE: savedDay((day, asked) => day >= asked),
  SEEN: () => seen,
  SENTBEFORE: sentDay((day, asked) => day < asked),
  SENTON: sentDay((day, asked) => day === asked),
  SENTSINCE: sentDay((day, asked) => day >= asked),
  SINCE: internalDay((day, asked) => day >= asked),
  SMALLER: sizeKey((size, asked) => size < asked),
  SUBJECT: textKey('subject'),
  TEXT: textKey('text'),
  THREADID: threadIdKey,
  TO: textKey('to'),
  UID: (cursor) => {
    cursor.space()
    return numbersLeaf(cursor, true)
  },
  UNANSWERED: () => not(keyword('$answered')),
  UNDELETED: () => not(deleted),
  UNDRAFT: () => not(keyword('$draft')),
  UNFLAGGED: () => not(keyword('$flagged')),
  UNKEYWORD: (cursor) => not(keywordKey(cursor)),
  UNSEEN: () => not(seen),
  YOUNGER: ageKey((age, asked) => age <= asked),
}

/** One key. Throws SyntaxFailure. */
function parseKey(cursor: Cursor, filters: FilterLookup): SearchNode {
  const byte = cursor.peek()
  // A digit, `*` or `$` begins a sequence set.
  if ((byte >= 0x30 && byte <= 0x39) || byte === 0x2a || byte === 0x24) return numbersLeaf(cursor, false)
  if (cursor.isAtList) return { kind: 'and', nodes: cursor.list(() => parseKey(cursor, filters)) }
  const name = cursor.word()
  const parse = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined
  if (parse === undefined) throw new SyntaxFailure(`there is no search key ${name}`)
  return cursor.nested(() => parse(cursor, filters))
}

/** Keys to the end of the command, all of which must hold. */
export function parseKeys(cursor: Cursor, filters: FilterLookup): SearchNode {
  const nodes = [parseKey(cursor, filters)]
  while (cursor.skip(' ')) {
    if (nodes.length >= LIST_ITEMS_MAX) throw new SyntaxFailure(`more than ${LIST_ITEMS_MAX} keys`)
    nodes.push(parseKey(cursor, filters))
  }
  return nodes.length === 1 ? (nodes[0] as SearchNode) : { kind: 'and', nodes }
}
