import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quoteText, replyHeader } from './reply.ts'

test('identifiers (RFC 5322 §3.6.4)', () => {
  const original = { subject: 'Hi', messageId: ['2@x'], inReplyTo: ['1@x'], references: ['0@x', '1@x'] }
  assert.deepEqual(replyHeader(original), { subject: 'Re: Hi', inReplyTo: ['2@x'], references: ['0@x', '1@x', '2@x'] })
  assert.deepEqual(replyHeader({ ...original, references: [] }).references, ['1@x', '2@x'])
  assert.deepEqual(replyHeader({ ...original, references: [], inReplyTo: ['0@x', '1@x'] }).references, ['2@x'])
  assert.deepEqual(replyHeader({ ...original, messageId: [] }), { subject: 'Re: Hi', inReplyTo: [], references: [] })
})

test('a long thread keeps its beginning and its end', () => {
  const references = Array.from({ length: 200 }, (_, index) => `${index}@x`)
  const reply = replyHeader({ subject: 'Hi', messageId: ['last@x'], inReplyTo: [], references })
  assert.equal(reply.references.length, 50)
  assert.equal(reply.references[0], '0@x')
  assert.equal(reply.references.at(-1), 'last@x')
})

test('quoting (RFC 3676 §4.5)', () => {
  assert.equal(quoteText('a\n\n> b\n\n'), '> a\n>\n>> b')
})
