// What the operations of a journal record did, in words that hold no name, no subject and no other text of the owner's: for the history of the
// log (`mailkeep audit`).

import { ESCROW_SETTING } from './escrow-log.ts'
import type { JournalOperation, RangeSet } from './operation.ts'
import { REHEARSAL_SETTING } from './rehearsal/result.ts'
import { isUseSetting } from './slot-use.ts'

const TEXT_MAX = 400

/** One line. */
export function describeOperations(operations: readonly JournalOperation[], seq: number): string {
  const counted = new Map<string, number>()
  for (const operation of operations) {
    const text = describe(operation, seq)
    counted.set(text, (counted.get(text) ?? 0) + 1)
  }
  const parts = [...counted].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`))
  const line = parts.join('; ')
  return line.length <= TEXT_MAX ? line : `${line.slice(0, TEXT_MAX)} ...`
}

function describe(operation: JournalOperation, seq: number): string {
  switch (operation.kind) {
    case 'file': {
      const { record, mailboxes, source } = operation
      const filed = 'seq' in record ? record.seq : seq - record.back
      return `filed ${source} mail, record ${filed}, in ${named(mailboxes)}`
    }
    case 'createMailbox':
      return `created a mailbox${operation.role === null ? '' : ` (${operation.role})`}`
    case 'updateMailbox':
      return `changed ${Object.keys(operation.patch).join(', ')} of mailbox ${operation.mailbox}`
    case 'destroyMailbox':
      return `deleted mailbox ${operation.mailbox}${operation.destroyEmails ? ' with its messages' : ''}`
    case 'changeKeywords': {
      const { mailbox, set, mode, keywords } = operation
      const system = keywords.filter((keyword) => keyword.startsWith('$'))
      const own = keywords.length - system.length
      const flags = [...system, ...(own > 0 ? [`${own} of the owner's own`] : [])].join(' ')
      const verb = { add: 'set', remove: 'removed', replace: 'replaced by' }[mode]
      return `flags ${verb} ${flags === '' ? 'none' : flags}, ${members(mailbox, set)}`
    }
    case 'markDeleted':
      return `${operation.deleted ? 'marked' : 'unmarked'} as deleted, ${members(operation.mailbox, operation.set)}`
    case 'remove':
      return `expunged ${members(operation.mailbox, operation.set)}`
    case 'addToMailbox':
      return `copied to mailbox ${operation.to}, ${members(operation.from, operation.set)}`
    case 'move':
      return `moved to mailbox ${operation.to}, ${members(operation.from, operation.set)}`
    case 'setMailboxes':
      return `placed in ${named(operation.mailboxes)}, ${members(null, operation.emails)}`
    case 'set':
      if (operation.key === ESCROW_SETTING) return 'THE OPERATOR OPENED THE ACCOUNT BY ESCROW, and set a new password'
      if (operation.key === REHEARSAL_SETTING) return 'noted what a rehearsal of restoring the account found'
      if (isUseSetting(operation.key)) return 'noted the use of an app password or passkey'
      return `${operation.value === null ? 'removed' : 'set'} the setting ${operation.key}`
  }
}

function named(mailboxes: readonly number[]): string {
  return `${mailboxes.length === 1 ? 'mailbox' : 'mailboxes'} ${mailboxes.join(', ')}`
}

const RANGES_MAX = 8

function members(mailbox: number | null, set: RangeSet): string {
  const ranges = set.slice(0, RANGES_MAX).map(([first, last]) => (first === last ? String(first) : `${first}:${last}`))
  const text = `${ranges.join(',')}${set.length > RANGES_MAX ? ',...' : ''}`
  return mailbox === null ? `e-mails ${text}` : `UIDs ${text} of mailbox ${mailbox}`
}
