// Arguments of NOTIFY (RFC 5465 §3.1, §8).

import { no } from './command.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import type { FetchItem } from './fetch-item.ts'
import { parseItemList } from './fetch-parse.ts'
import { type FilteredMailbox, filterTest, parseMailboxFilter } from './mailbox-filter.ts'
import type { Session } from './session.ts'

/** Events, as bits. */
export const NEW = 1
export const EXPUNGED = 2
export const FLAGS = 4
export const NAMES = 8
export const SUBSCRIPTIONS = 16
export const METADATA = 32
export const SERVER_METADATA = 64

const MESSAGES = NEW | EXPUNGED | FLAGS

const EVENTS: Readonly<Record<string, { readonly bit: number; readonly spelling: string }>> = {
  MESSAGENEW: { bit: NEW, spelling: 'MessageNew' },
  MESSAGEEXPUNGE: { bit: EXPUNGED, spelling: 'MessageExpunge' },
  FLAGCHANGE: { bit: FLAGS, spelling: 'FlagChange' },
  MAILBOXNAME: { bit: NAMES, spelling: 'MailboxName' },
  SUBSCRIPTIONCHANGE: { bit: SUBSCRIPTIONS, spelling: 'SubscriptionChange' },
  MAILBOXMETADATACHANGE: { bit: METADATA, spelling: 'MailboxMetadataChange' },
  SERVERMETADATACHANGE: { bit: SERVER_METADATA, spelling: 'ServerMetadataChange' },
}

/** RFC 5465 §3.1: all that are known. */
export const KNOWN_EVENTS: string = Object.values(EVENTS)
  .map(({ spelling }) => spelling)
  .join(' ')

/** More would cost too much at each change. */
const GROUPS_MAX = 100

/** RFC 5465 §3.1. */
const TOO_MANY = no(`More than ${GROUPS_MAX} groups of events`, 'NOTIFICATIONOVERFLOW')

/** What the client wants to be told of the mailbox that is selected, whichever it is. */
interface SelectedEvents {
  /** New and expunged messages. `delayed`: expunges only with commands that allow it (RFC 5465 §6.1.2). */
  readonly messages: 'none' | 'immediate' | 'delayed'
  readonly flags: boolean
  /** Of new messages. */
  readonly items: readonly FetchItem[]
}

interface EventGroup {
  readonly matches: (mailbox: FilteredMailbox) => boolean
  readonly events: number
}

export interface NotifySet {
  readonly selected: SelectedEvents
  readonly groups: readonly EventGroup[]
  readonly hasStatus: boolean
}

export const NOTHING: NotifySet = {
  selected: { messages: 'none', flags: false, items: [] },
  groups: [],
  hasStatus: false,
}

interface Events {
  readonly bits: number
  readonly items: readonly FetchItem[]
  readonly hasUnknown: boolean
}

/** Of an event that is not known: `badEvent`. Throws SyntaxFailure. */
export function parseNotify(cursor: Cursor, session: Session): NotifySet | 'badEvent' {
  cursor.space()
  if (cursor.skipWord('NONE')) return NOTHING
  if (!cursor.skipWord('SET')) throw new SyntaxFailure('SET or NONE expected')
  cursor.space()
  const hasStatus = cursor.skipWord('STATUS')
  if (hasStatus) cursor.space()
  let selected: SelectedEvents | null = null
  const groups: EventGroup[] = []
  let hasUnknown = false
  let count = 0
  do {
    if (++count > GROUPS_MAX) throw new SyntaxFailure('too many groups of events', TOO_MANY)
    cursor.expect('(')
    const isDelayed = cursor.skipWord('SELECTED-DELAYED')
    if (isDelayed || cursor.skipWord('SELECTED')) {
      // RFC 5465 §6.1: one of either.
      if (selected !== null) throw new SyntaxFailure('the selected mailbox is named twice')
      const events = parseEvents(cursor)
      hasUnknown ||= events.hasUnknown
      selected = selectedEvents(events, isDelayed)
    } else {
      const filter = parseMailboxFilter(cursor, session)
      if (filter.kind === 'subtree-one') throw new SyntaxFailure('subtree-one is for ESEARCH')
      const events = parseEvents(cursor)
      hasUnknown ||= events.hasUnknown
      // RFC 5465 §8.
      if (events.items.length > 0) throw new SyntaxFailure('items to fetch are for the selected mailbox')
      groups.push({ matches: filterTest([filter], session), events: events.bits })
    }
    cursor.expect(')')
  } while (cursor.skip(' '))
  return hasUnknown ? 'badEvent' : { selected: selected ?? NOTHING.selected, groups, hasStatus }
}

function selectedEvents({ bits, items }: Events, isDelayed: boolean): SelectedEvents {
  if ((bits & ~MESSAGES) !== 0) throw new SyntaxFailure('only events of messages are for the selected mailbox')
  if ((bits & NEW) === 0) return NOTHING.selected
  return { messages: isDelayed ? 'delayed' : 'immediate', flags: (bits & FLAGS) !== 0, items }
}

function parseEvents(cursor: Cursor): Events {
  cursor.space()
  if (cursor.skipWord('NONE')) return { bits: 0, items: [], hasUnknown: false }
  let bits = 0
  let items: readonly FetchItem[] = []
  let hasUnknown = false
  cursor.list(() => {
    const name = cursor.word()
    const event = Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined
    if (event === undefined) hasUnknown = true
    else bits |= event.bit
    if (event?.bit === NEW && cursor.peek() === 0x20 && cursor.bytes[cursor.at + 1] === 0x28) {
      cursor.space()
      items = parseItemList(cursor)
    }
  })
  // RFC 5465 §5.
  const hasPair = (bits & NEW) !== 0 && (bits & EXPUNGED) !== 0
  if (!hasUnknown && (bits & MESSAGES) !== 0 && !hasPair) {
    throw new SyntaxFailure('MessageNew and MessageExpunge go together, and FlagChange with both')
  }
  return { bits, items, hasUnknown }
}
