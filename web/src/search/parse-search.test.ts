import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Mailbox } from '#web/jmap/types.ts'
import { parseSearch, splitTerms } from './parse-search.ts'

const mailbox = (id: string, name: string, role: Mailbox['role']): Mailbox =>
  ({ id, name, role, parentId: null, sortOrder: 0 }) as Mailbox
const mailboxes = [
  mailbox('m1', 'Inbox', 'inbox'),
  mailbox('m6', 'Trash', 'trash'),
  mailbox('m9', 'Garden plans', null),
]

test('words, phrases and what is not wanted', () => {
  assert.deepEqual(parseSearch('pear "lower gate" -frost in:anywhere', mailboxes).filter, {
    operator: 'AND',
    conditions: [{ text: 'pear' }, { text: '"lower gate"' }, { operator: 'NOT', conditions: [{ text: 'frost' }] }],
  })
})

test('fields and states', () => {
  assert.deepEqual(
    parseSearch('from:marta is:unread has:attachment in:inbox subject:"orchard path"', mailboxes).filter,
    {
      operator: 'AND',
      conditions: [
        { from: 'marta' },
        { notKeyword: '$seen' },
        { hasAttachment: true },
        { inMailbox: 'm1' },
        { subject: '"orchard path"' },
      ],
    },
  )
})

test('Trash is left out unless a mailbox is named', () => {
  assert.deepEqual(parseSearch('pear', mailboxes).without, ['m6'])
  assert.deepEqual(parseSearch('pear in:trash', mailboxes).without, [])
})

test('a mailbox by its name, or the start of it', () => {
  assert.deepEqual(parseSearch('in:garden', mailboxes).filter, { inMailbox: 'm9' })
  assert.deepEqual(parseSearch('in:"Garden plans"', mailboxes).filter, { inMailbox: 'm9' })
})

test('what has no meaning is a word', () => {
  assert.deepEqual(
    parseSearch('is:wonderful in:all', mailboxes).filter,
    {
      operator: 'AND',
      conditions: [{ text: 'is:wonderful' }],
    }.conditions[0],
  )
  assert.deepEqual(splitTerms('10:30')[0], { isNegated: false, key: '', value: '10:30' })
})

test('anything can be typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      parseSearch(text, mailboxes)
    }),
  )
})
