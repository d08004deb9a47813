// Operations as the CBOR arrays of docs/formats/journal.md §3. Decoding checks every element: the journal is sealed by its owner's key, but a
// fold over something else than what the format says would not be the same in the next version.

import type { MailboxId, Modseq, Seq, ThreadId } from '#base/ids.ts'
import { encodeCbor } from '#keys/cbor.ts'
import { isWithinBounds, ROLES } from './operation-bounds.ts'
import type { JournalOperation, MailboxPatch, MailboxRole, RangeSet, SettingValue, Source } from './operation.ts'

const NUMBER = {
  createMailbox: 1,
  updateMailbox: 2,
  destroyMailbox: 3,
  file: 4,
  changeKeywords: 5,
  markDeleted: 6,
  remove: 7,
  addToMailbox: 8,
  move: 9,
  set: 10,
  setMailboxes: 11,
} as const satisfies Record<JournalOperation['kind'], number>

const PATCH = { parent: 1, name: 2, role: 3, subscribed: 4, sortOrder: 5 } as const
const SOURCES: readonly Source[] = ['delivered', 'appended', 'submitted', 'imported', 'restored']
const HINT_SOURCE = 1
const MODES = ['add', 'remove', 'replace'] as const

/** Throws RangeError if the operation breaks the format's bounds: that is its planner's mistake. */
export function encodeOperation(operation: JournalOperation): Buffer {
  if (!isWithinBounds(operation)) throw new RangeError(`${operation.kind}: out of bounds`)
  return encodeCbor([NUMBER[operation.kind], ...elementsOf(operation)])
}

function elementsOf(operation: JournalOperation): unknown[] {
  switch (operation.kind) {
    case 'createMailbox': {
      const { parent, name, role, uidValidity, subscribed } = operation
      if (name.normalize('NFC') !== name) throw new RangeError('a mailbox name is in Normalization Form C')
      return [parent ?? 0, name, role, uidValidity, subscribed]
    }
    case 'updateMailbox':
      return [operation.mailbox, patchToCbor(operation.patch)]
    case 'destroyMailbox':
      return [operation.mailbox, operation.destroyEmails]
    case 'file': {
      const { record, mailboxes, keywords, internalDate, thread, source } = operation
      return [
        'seq' in record ? record.seq : -record.back,
        mailboxes,
        keywords,
        internalDate,
        thread === null ? 0 : typeof thread === 'number' ? thread : -thread.back,
        new Map([[HINT_SOURCE, SOURCES.indexOf(source) + 1]]),
      ]
    }
    case 'changeKeywords': {
      const { mailbox, set, mode, keywords, unchangedSince } = operation
      return [mailbox ?? 0, set, MODES.indexOf(mode), keywords, unchangedSince]
    }
    case 'markDeleted':
      return [operation.mailbox, operation.set, operation.deleted, operation.unchangedSince]
    case 'remove':
      return [operation.mailbox, operation.set]
    case 'addToMailbox':
      return [operation.from ?? 0, operation.set, operation.to]
    case 'move':
      return [operation.from, operation.set, operation.to]
    case 'set':
      return [operation.key, operation.value]
    case 'setMailboxes':
      return [operation.emails, operation.mailboxes]
  }
}

function patchToCbor(patch: MailboxPatch): Map<number, unknown> {
  if (patch.name !== undefined && patch.name.normalize('NFC') !== patch.name) {
    throw new RangeError('a mailbox name is in Normalization Form C')
  }
  const map = new Map<number, unknown>()
  if (patch.parent !== undefined) map.set(PATCH.parent, patch.parent ?? 0)
  if (patch.name !== undefined) map.set(PATCH.name, patch.name)
  if (patch.role !== undefined) map.set(PATCH.role, patch.role)
  if (patch.subscribed !== undefined) map.set(PATCH.subscribed, patch.subscribed)
  if (patch.sortOrder !== undefined) map.set(PATCH.sortOrder, patch.sortOrder)
  return map
}

class MalformedOperationError extends Error {
  override name = 'MalformedOperationError'
}

function malformed(what: string): never {
  throw new MalformedOperationError(what)
}

function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : malformed('not a number')
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : malformed('not text')
}

function flagIn(value: unknown): boolean {
  return typeof value === 'boolean' ? value : malformed('not a boolean')
}

function listIn<T>(value: unknown, item: (value: unknown) => T): T[] {
  return Array.isArray(value) ? value.map(item) : malformed('not an array')
}

function setIn(value: unknown): RangeSet {
  return listIn(value, (range) => {
    if (!Array.isArray(range) || range.length !== 2) return malformed('not a range')
    return [numberIn(range[0]), numberIn(range[1])] as const
  })
}

function roleIn(value: unknown): MailboxRole | null {
  return value === null ? null : (ROLES.find((role) => role === value) ?? malformed('not a role'))
}

function mailboxIn(value: unknown): MailboxId {
  return numberIn(value) as MailboxId
}

function mailboxOrNullIn(value: unknown): MailboxId | null {
  return value === 0 ? null : mailboxIn(value)
}

function modseqOrNullIn(value: unknown): Modseq | null {
  return value === null ? null : (numberIn(value) as Modseq)
}

function patchIn(value: unknown): MailboxPatch {
  if (!(value instanceof Map)) return malformed('not a map')
  const patch: { -readonly [K in keyof MailboxPatch]: MailboxPatch[K] } = {}
  for (const [key, item] of value as Map<unknown, unknown>) {
    if (key === PATCH.parent) patch.parent = mailboxOrNullIn(item)
    else if (key === PATCH.name) patch.name = textIn(item)
    else if (key === PATCH.role) patch.role = roleIn(item)
    else if (key === PATCH.subscribed) patch.subscribed = flagIn(item)
    else if (key === PATCH.sortOrder) patch.sortOrder = numberIn(item)
    else malformed('an unknown member')
  }
  return patch
}

function sourceIn(hint: unknown): Source {
  if (!(hint instanceof Map)) return malformed('not a map')
  const number: unknown = hint.get(HINT_SOURCE) ?? 1
  return SOURCES[numberIn(number) - 1] ?? malformed('an unknown source')
}

/** A setting's value as `decodeCbor` gives it. */
export function settingFromCbor(value: unknown): SettingValue {
  if (value instanceof Map) {
    const entries = [...(value as Map<unknown, unknown>)]
    return Object.fromEntries(entries.map(([key, item]) => [textIn(key), settingFromCbor(item)]))
  }
  if (Array.isArray(value)) return value.map(settingFromCbor)
  return value as SettingValue
}

/** How many elements follow the number. */
const LENGTHS: Readonly<Record<number, number>> = { 1: 5, 2: 2, 3: 2, 4: 6, 5: 5, 6: 4, 7: 2, 8: 3, 9: 3, 10: 2, 11: 2 }

function operationIn(value: unknown): JournalOperation {
  if (!Array.isArray(value)) return malformed('not an array')
  const [number, a, b, c, d, e, f] = value as unknown[]
  if (LENGTHS[numberIn(number)] !== value.length - 1) return malformed('not a known operation')
  switch (number) {
    case NUMBER.createMailbox:
      return {
        kind: 'createMailbox',
        parent: mailboxOrNullIn(a),
        name: textIn(b),
        role: roleIn(c),
        uidValidity: numberIn(d),
        subscribed: flagIn(e),
      }
    case NUMBER.updateMailbox:
      return { kind: 'updateMailbox', mailbox: mailboxIn(a), patch: patchIn(b) }
    case NUMBER.destroyMailbox:
      return { kind: 'destroyMailbox', mailbox: mailboxIn(a), destroyEmails: flagIn(b) }
    case NUMBER.file: {
      const record = numberIn(a)
      const thread = numberIn(e)
      return {
        kind: 'file',
        record: record < 0 ? { back: -record } : { seq: record as Seq },
        mailboxes: listIn(b, mailboxIn),
        keywords: listIn(c, textIn),
        internalDate: numberIn(d),
        thread: thread === 0 ? null : thread < 0 ? { back: -thread } : (thread as ThreadId),
        source: sourceIn(f),
      }
    }
    case NUMBER.changeKeywords:
      return {
        kind: 'changeKeywords',
        mailbox: mailboxOrNullIn(a),
        set: setIn(b),
        mode: MODES[numberIn(c)] ?? malformed('an unknown mode'),
        keywords: listIn(d, textIn),
        unchangedSince: modseqOrNullIn(e),
      }
    case NUMBER.markDeleted:
      return {
        kind: 'markDeleted',
        mailbox: mailboxIn(a),
        set: setIn(b),
        deleted: flagIn(c),
        unchangedSince: modseqOrNullIn(d),
      }
    case NUMBER.remove:
      return { kind: 'remove', mailbox: mailboxIn(a), set: setIn(b) }
    case NUMBER.addToMailbox:
      return { kind: 'addToMailbox', from: mailboxOrNullIn(a), set: setIn(b), to: mailboxIn(c) }
    case NUMBER.move:
      return { kind: 'move', from: mailboxIn(a), set: setIn(b), to: mailboxIn(c) }
    case NUMBER.set:
      return { kind: 'set', key: textIn(a), value: settingFromCbor(b) }
    case NUMBER.setMailboxes:
      return { kind: 'setMailboxes', emails: setIn(a), mailboxes: listIn(b, mailboxIn) }
    default:
      return malformed('not a known operation')
  }
}

/** Null if this is not an operation that this version knows, or one out of bounds. */
export function operationFromCbor(value: unknown): JournalOperation | null {
  try {
    const operation = operationIn(value)
    return isWithinBounds(operation) ? operation : null
  } catch (error) {
    if (error instanceof MalformedOperationError) return null
    throw error
  }
}
