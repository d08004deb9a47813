// What an operation may hold (docs/formats/journal.md §3.1 and §3.4). Whoever plans an operation keeps these bounds; whoever decodes a
// journal record refuses it if one is broken.

import type { JournalOperation, MailboxRole, SettingValue } from './operation.ts'
import { isRangeSet } from './range-set.ts'

export const ROLES: readonly MailboxRole[] = [
  'inbox',
  'archive',
  'drafts',
  'flagged',
  'important',
  'junk',
  'sent',
  'trash',
  'all',
]

const KEYWORDS_MAX = 128
const MAILBOXES_MAX = 1000
const NAME_BYTES_MAX = 255
const SETTING_DEPTH_MAX = 16
const U32_MAX = 0xffff_ffff

// JMAP's keywords (RFC 8621 §4.1.1), which leave out what IMAP's atoms do; lower case only.
const KEYWORD = /^[!#$&'+,\-./0-9:;<=>?@[^_`a-z|}~]{1,128}$/

function isKeyword(text: string): boolean {
  return KEYWORD.test(text)
}

/** The last component of a mailbox's path. */
export function isMailboxName(name: string): boolean {
  if (name === '' || Buffer.byteLength(name) > NAME_BYTES_MAX) return false
  if (name.trim() !== name || name.includes('/') || !name.isWellFormed()) return false
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return false
  }
  return true
}

function isId(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= U32_MAX
}

function isMillis(value: number): boolean {
  return Number.isSafeInteger(value)
}

function areKeywords(keywords: readonly string[]): boolean {
  return keywords.length <= KEYWORDS_MAX && keywords.every(isKeyword)
}

function areMailboxes(mailboxes: readonly number[]): boolean {
  return mailboxes.length <= MAILBOXES_MAX && mailboxes.every(isId)
}

function isBack(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}

function isUnchangedSince(value: number | null): boolean {
  return value === null || (Number.isSafeInteger(value) && value >= 0)
}

function isSettingValue(value: SettingValue, depth = 0): boolean {
  if (depth > SETTING_DEPTH_MAX) return false
  if (value === null || typeof value === 'boolean' || value instanceof Uint8Array) return true
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  if (Array.isArray(value)) return value.every((item) => isSettingValue(item as SettingValue, depth + 1))
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && isSettingValue(item, depth + 1))
}

function isSettingKey(key: string): boolean {
  return key !== '' && key.isWellFormed() && Buffer.byteLength(key) <= 255
}

/** False: the operation may not be written, nor read. */
export function isWithinBounds(operation: JournalOperation): boolean {
  switch (operation.kind) {
    case 'createMailbox': {
      const { parent, name, uidValidity } = operation
      return (parent === null || isId(parent)) && isMailboxName(name) && isId(uidValidity)
    }
    case 'updateMailbox': {
      const { parent, name, sortOrder } = operation.patch
      return (
        isId(operation.mailbox) &&
        (parent === undefined || parent === null || isId(parent)) &&
        (name === undefined || isMailboxName(name)) &&
        (sortOrder === undefined || (Number.isInteger(sortOrder) && sortOrder >= 0 && sortOrder <= U32_MAX))
      )
    }
    case 'destroyMailbox':
      return isId(operation.mailbox)
    case 'file': {
      const { record, thread, mailboxes, keywords, internalDate } = operation
      return (
        ('seq' in record ? Number.isSafeInteger(record.seq) && record.seq >= 0 : isBack(record.back)) &&
        (thread === null || (typeof thread === 'number' ? isId(thread) : isBack(thread.back))) &&
        areMailboxes(mailboxes) &&
        areKeywords(keywords) &&
        isMillis(internalDate)
      )
    }
    case 'changeKeywords': {
      const { mailbox, set, keywords, unchangedSince } = operation
      return (
        (mailbox === null || isId(mailbox)) &&
        isRangeSet(set) &&
        areKeywords(keywords) &&
        isUnchangedSince(unchangedSince)
      )
    }
    case 'markDeleted':
      return isId(operation.mailbox) && isRangeSet(operation.set) && isUnchangedSince(operation.unchangedSince)
    case 'remove':
      return isId(operation.mailbox) && isRangeSet(operation.set)
    case 'addToMailbox':
      return (operation.from === null || isId(operation.from)) && isRangeSet(operation.set) && isId(operation.to)
    case 'move':
      return isId(operation.from) && isRangeSet(operation.set) && isId(operation.to)
    case 'set':
      return isSettingKey(operation.key) && isSettingValue(operation.value)
    case 'setMailboxes':
      return isRangeSet(operation.emails) && areMailboxes(operation.mailboxes)
  }
}
