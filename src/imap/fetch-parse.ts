// Arguments of FETCH (RFC 9051 §6.4.5; CHANGEDSINCE, VANISHED: RFC 7162 §3.1.4.1, §3.2.6; BINARY: RFC 3516 §4; PARTIAL:
// RFC 9394 §3.3; ids: RFC 8474 §5.3; PREVIEW: RFC 8970 §3; SAVEDATE: RFC 8514 §4.2).

import { type Cursor, SyntaxFailure } from './cursor.ts'
import { binaryItem, binarySizeItem, sectionItem } from './fetch-content-items.ts'
import { emailIdItem, threadIdItem } from './fetch-id-items.ts'
import type { FetchItem } from './fetch-item.ts'
import {
  flagsItem,
  headerItem,
  internalDateItem,
  modseqItem,
  saveDateItem,
  sizeItem,
  storedItem,
  uidItem,
} from './fetch-row-items.ts'
import { parsePreview } from './fetch-preview-item.ts'
import { type Section, parsePartial, parsePath, parseSection } from './fetch-section.ts'
import { type PartialRange, parsePartialRange } from './partial-range.ts'
import { type SequenceSet, parseSequenceSet } from './sequence-set.ts'

export interface FetchArgs {
  readonly set: SequenceSet
  readonly items: readonly FetchItem[]
  /** UID is among the items though nobody asked for it. */
  readonly isUidImplied: boolean
  readonly changedSince: number | null
  /** UIDs expunged since are to be told (RFC 7162 §3.2.6). */
  readonly vanished: boolean
  /** Of the messages that are found, only these (RFC 9394 §3.3). */
  readonly partial: PartialRange | null
}

/** More items than any client asks for, few enough that a row of all of them is small. */
const ITEMS_MAX = 200

const envelope = storedItem('ENVELOPE', 'envelope')

/** RFC 9051 §6.4.5: macros stand alone. */
const MACROS: Readonly<Record<string, readonly FetchItem[]>> = {
  ALL: [flagsItem, internalDateItem, sizeItem, envelope],
  FAST: [flagsItem, internalDateItem, sizeItem],
  FULL: [flagsItem, internalDateItem, sizeItem, envelope, storedItem('BODY', 'body')],
}

const wholeMessage: Section = { path: [], what: 'body', filter: null, label: '' }
const wholeText: Section = { path: [], what: 'text', filter: null, label: 'TEXT' }

const ITEMS: Readonly<Record<string, (cursor: Cursor) => FetchItem>> = {
  UID: () => uidItem,
  FLAGS: () => flagsItem,
  MODSEQ: () => modseqItem,
  EMAILID: () => emailIdItem,
  THREADID: () => threadIdItem,
  PREVIEW: parsePreview,
  INTERNALDATE: () => internalDateItem,
  SAVEDATE: () => saveDateItem,
  'RFC822.SIZE': () => sizeItem,
  ENVELOPE: () => envelope,
  BODYSTRUCTURE: () => storedItem('BODYSTRUCTURE', 'bodystructure'),
  BODY: (cursor) => (cursor.peek() === 0x5b ? parseBody(cursor, true) : storedItem('BODY', 'body')),
  'BODY.PEEK': (cursor) => parseBody(cursor, false),
  RFC822: () => sectionItem('RFC822', wholeMessage, null, true),
  'RFC822.HEADER': () => headerItem('RFC822.HEADER', null, null, false),
  'RFC822.TEXT': () => sectionItem('RFC822.TEXT', wholeText, null, true),
  BINARY: (cursor) => parseBinary(cursor, true),
  'BINARY.PEEK': (cursor) => parseBinary(cursor, false),
  'BINARY.SIZE': (cursor) => binarySizeItem(parseBinaryPath(cursor)),
}

function parseBody(cursor: Cursor, marksSeen: boolean): FetchItem {
  const section = parseSection(cursor)
  const partial = parsePartial(cursor)
  const name = `BODY[${section.label}]`
  if (section.path.length > 0 || section.what !== 'header') return sectionItem(name, section, partial, marksSeen)
  const label = partial === null ? name : `${name}<${partial.origin}>`
  return headerItem(label, section.filter, partial, marksSeen)
}

function parseBinary(cursor: Cursor, marksSeen: boolean): FetchItem {
  const path = parseBinaryPath(cursor)
  return binaryItem(path, parsePartial(cursor), marksSeen)
}

function parseBinaryPath(cursor: Cursor): number[] {
  cursor.expect('[')
  const path = parsePath(cursor)
  cursor.expect(']')
  return path
}

function parseItem(cursor: Cursor): FetchItem {
  const name = cursor.itemName()
  const item = Object.hasOwn(ITEMS, name) ? ITEMS[name] : undefined
  if (item === undefined) throw new SyntaxFailure(`there is no item ${name}`)
  return item(cursor)
}

function parseItems(cursor: Cursor): readonly FetchItem[] {
  for (const [name, items] of Object.entries(MACROS)) if (cursor.skipWord(name)) return items
  return cursor.isAtList ? parseItemList(cursor) : [parseItem(cursor)]
}

/** `(item item …)`. Throws SyntaxFailure. */
export function parseItemList(cursor: Cursor): readonly FetchItem[] {
  const items = cursor.list(() => parseItem(cursor))
  if (items.length > ITEMS_MAX) throw new SyntaxFailure(`more than ${ITEMS_MAX} items`)
  return items
}

function parseModifiers(cursor: Cursor): Pick<FetchArgs, 'changedSince' | 'vanished' | 'partial'> {
  let changedSince: number | null = null
  let vanished = false
  let partial: PartialRange | null = null
  if (!cursor.skip(' ')) return { changedSince, vanished, partial }
  cursor.list(() => {
    const name = cursor.word()
    if (name === 'CHANGEDSINCE') {
      cursor.space()
      changedSince = cursor.number64()
    } else if (name === 'PARTIAL' && partial === null) {
      cursor.space()
      partial = parsePartialRange(cursor)
    } else if (name === 'VANISHED') vanished = true
    else throw new SyntaxFailure(`there is no modifier ${name}`)
  })
  return { changedSince, vanished, partial }
}

export function parseFetch(cursor: Cursor, isUid: boolean): FetchArgs {
  cursor.space()
  const set = parseSequenceSet(cursor)
  cursor.space()
  const items = [...parseItems(cursor)]
  const { changedSince, vanished, partial } = parseModifiers(cursor)
  // RFC 7162 §3.1.4.1: as if it had been asked for.
  if (changedSince !== null && !items.includes(modseqItem)) items.push(modseqItem)
  // RFC 7162 §3.2.6: of UID FETCH, and with CHANGEDSINCE.
  if (vanished && (!isUid || changedSince === null)) throw new SyntaxFailure('VANISHED needs UID and CHANGEDSINCE')
  // RFC 9051 §6.4.9: UID FETCH gives the UID whether asked or not.
  const isUidImplied = isUid && !items.includes(uidItem)
  if (isUidImplied) items.unshift(uidItem)
  if (partial !== null && !isUid) throw new SyntaxFailure('PARTIAL needs UID')
  return { set, items, isUidImplied, changedSince, vanished, partial }
}
