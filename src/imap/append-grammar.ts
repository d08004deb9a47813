// What APPEND and REPLACE have behind the mailbox's name: one message or several (RFC 3502 §6.3.11), each as a literal or put together
// from parts (RFC 4469 §5, CATENATE).
//
//     *(SP [flags SP] [date-time SP] (literal / "CATENATE" SP "(" part *(SP part) ")"))
//     part = "TEXT" SP literal / "URL" SP url
//
// Message literals are not in the text: it is read in segments, each from where one such literal ended to where the next is offered or the
// command ends. A segment is read anew when a literal that is an argument (a URL) was added to it, so reading it changes nothing.

import { type Cursor, SyntaxFailure } from './cursor.ts'
import { parseDateTime } from './date-time.ts'
import { type Flags, parseFlags } from './flag-names.ts'
import { LIST_ITEMS_MAX } from './limits.ts'

export type AppendStep =
  /** Null: now. */
  | { readonly kind: 'begin'; readonly flags: Flags; readonly internalDate: number | null }
  | { readonly kind: 'url'; readonly url: string }
  /** The literal on offer belongs to the message. */
  | { readonly kind: 'literal'; readonly isWholeMessage: boolean }
  | { readonly kind: 'end' }

/** Where in the grammar a segment begins. */
export type AppendPlace = 'first' | 'behindMessage' | 'behindPart'

export interface AppendSegment {
  readonly steps: readonly AppendStep[]
  /** `argument`: the literal on offer is one, and the segment has to be read again with it. */
  readonly next: 'literal' | 'argument' | 'nothing'
  /** Of the segment that follows a literal. */
  readonly place: AppendPlace
}

/** Why reading stopped: at a literal that is an argument, at one that belongs to a message, or not at all (null). */
type Stop = 'argument' | 'behindMessage' | 'behindPart' | null

const NO_FLAGS: Flags = { keywords: [], deleted: false }

/** `{` begins an announcement that ends the text: the literal on offer. */
export function isAtOffer(cursor: Cursor): boolean {
  return cursor.peek() === 0x7b && !cursor.bytes.subarray(cursor.at).includes(0x0a)
}

/** Throws SyntaxFailure. */
export function parseAppendSegment(cursor: Cursor, place: AppendPlace): AppendSegment {
  const steps: AppendStep[] = []
  if (place === 'behindMessage') steps.push({ kind: 'end' })
  let stop = place === 'behindPart' ? parseParts(cursor, steps, false) : null
  // There is one message at least.
  let isFirst = place === 'first'
  for (; stop === null && (isFirst || !cursor.isAtEnd); isFirst = false) stop = parseMessage(cursor, steps)
  if (stop === null) return { steps, next: 'nothing', place: 'behindMessage' }
  return stop === 'argument' ? { steps, next: 'argument', place } : { steps, next: 'literal', place: stop }
}

function parseMessage(cursor: Cursor, steps: AppendStep[]): Stop {
  if (cursor.isAtEnd) throw new SyntaxFailure('the message as a literal expected')
  cursor.space()
  const flags = cursor.isAtList ? parseFlags(cursor, false) : NO_FLAGS
  if (flags !== NO_FLAGS) cursor.space()
  const internalDate = cursor.peek() === 0x22 ? parseDateTime(cursor) : null
  if (internalDate !== null) cursor.space()
  add(steps, { kind: 'begin', flags, internalDate })
  if (cursor.skipWord('CATENATE')) {
    cursor.space()
    cursor.expect('(')
    return parseParts(cursor, steps, true)
  }
  offer(cursor, steps, true)
  return 'behindMessage'
}

function parseParts(cursor: Cursor, steps: AppendStep[], isFirst: boolean): Stop {
  for (let first = isFirst; first || !cursor.skip(')'); first = false) {
    if (!first) cursor.space()
    if (cursor.skipWord('TEXT')) {
      cursor.space()
      offer(cursor, steps, false)
      return 'behindPart'
    }
    if (!cursor.skipWord('URL')) cursor.fail('TEXT or URL')
    cursor.space()
    if (isAtOffer(cursor)) return 'argument'
    add(steps, { kind: 'url', url: cursor.text() })
  }
  add(steps, { kind: 'end' })
  return null
}

function offer(cursor: Cursor, steps: AppendStep[], isWholeMessage: boolean): void {
  const start = cursor.at
  // RFC 3516 §4.4: what may have NULs.
  cursor.skip('~')
  if (!isAtOffer(cursor)) {
    cursor.at = start
    cursor.fail(isWholeMessage ? 'the message as a literal' : 'the text as a literal')
  }
  add(steps, { kind: 'literal', isWholeMessage })
}

function add(steps: AppendStep[], step: AppendStep): void {
  if (steps.length >= LIST_ITEMS_MAX) throw new SyntaxFailure(`the message has more than ${LIST_ITEMS_MAX} parts`)
  steps.push(step)
}
