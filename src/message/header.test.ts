import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldValue, fields, firstField, lastField, readFields, unfold } from './header.ts'

const HEADER = Buffer.from(
  'Subject: one\r\n two\r\nTO : a@b\nX-Empty:\r\nno colon\r\nsubject:three\r\n\r\nBody: no\r\n',
)

test('fields lie where they are said to', () => {
  const found = [...fields(HEADER, 0, HEADER.length)]
  assert.deepEqual(
    found.map((field) => [field.name, HEADER.toString('latin1', field.valueStart, field.valueEnd)]),
    [
      ['Subject', ' one\r\n two'],
      ['TO', ' a@b'],
      ['X-Empty', ''],
      ['', 'no colon'],
      ['subject', 'three'],
    ],
  )
  // Together they are the header, without a gap.
  assert.equal(found[0]?.start, 0)
  for (const [index, field] of found.entries())
    assert.equal(field.end, found[index + 1]?.start ?? HEADER.indexOf('\r\n\r\n') + 2)
})

test('a header may end without a line break, or hold nothing', () => {
  assert.deepEqual(
    [...fields(Buffer.from('A: b'), 0, 4)].map((field) => [field.name, field.end]),
    [['A', 4]],
  )
  assert.deepEqual([...fields(Buffer.from(''), 0, 0)], [])
  assert.deepEqual([...fields(Buffer.from('\r\nA: b'), 0, 6)], [])
})

test('the first and the last field of a name, in any case', () => {
  const value = (field: ReturnType<typeof firstField>): string | null =>
    field === null ? null : fieldValue(HEADER, field)
  assert.equal(value(firstField(HEADER, 0, HEADER.length, 'subject')), 'one two')
  assert.equal(value(lastField(HEADER, 0, HEADER.length, 'subject')), 'three')
  assert.equal(firstField(HEADER, 0, HEADER.length, 'body'), null)
})

test('values of several names, in one pass', () => {
  const values = readFields(HEADER, 0, HEADER.length, new Set(['subject', 'to', 'cc']))
  assert.deepEqual(values.get('subject'), ['one two', 'three'])
  assert.deepEqual(values.get('to'), ['a@b'])
  assert.equal(values.get('cc'), undefined)
})

test('unfolding takes the line breaks and leaves the white space (RFC 5322 §2.2.3)', () => {
  assert.equal(unfold(' a\r\n b\n\tc  d '), 'a b\tc  d')
  assert.equal(unfold('a\rb'), 'a b')
  // A byte of UTF-8 that is U+00A0 by itself is no white space.
  assert.equal(unfold('\xc3\xa0 '), '\xc3\xa0')
})
