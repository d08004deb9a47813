import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filterHeader } from './fetch-header-fields.ts'

function filter(header: string, names: readonly string[], isExclusion = false): string {
  return filterHeader(Buffer.from(header), { names: new Set(names), isExclusion }).toString()
}

const HEADER = 'From: a\r\nSubject : b\r\n c\r\nno field: at all\r\nno field\r\nX-Long-Name: d\r\nsubject:e\r\n\r\n'

test('fields are found by their names, in any case and with blanks before the colon', () => {
  assert.equal(filter(HEADER, ['subject']), 'Subject : b\r\n c\r\nsubject:e\r\n\r\n')
  assert.equal(filter(HEADER, ['from', 'x-long-name']), 'From: a\r\nX-Long-Name: d\r\n\r\n')
  assert.equal(filter(HEADER, ['absent']), '\r\n')
  assert.equal(filter('From:a\nTo:b\n\nbody', ['to']), 'To:b\n\r\n')
})

test('an exclusion leaves everything else as it was, lines that are no fields too', () => {
  assert.equal(filter(HEADER, ['subject', 'x-long-name'], true), 'From: a\r\nno field: at all\r\nno field\r\n\r\n')
  assert.equal(filter(HEADER, [], true), HEADER)
})

test('a million lines that are no fields are passed over', () => {
  // A search for the colon beyond each line would take many minutes.
  assert.equal(filter('x\r\n'.repeat(1_000_000), ['subject']), '\r\n')
})
