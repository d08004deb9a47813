// Whatever peers say of themselves: the same fields, whole lines, and nothing between the values that was not put there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import { fields } from '#message/header.ts'
import { deliveryFields } from './trace.ts'

/** Any text, with a liking for what could do harm. */
const hostile = fc.oneof(
  fc.string({ unit: codePoint, maxLength: 1200 }),
  fc
    .array(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        '\0',
        '<',
        '>',
        '(',
        ')',
        '"',
        '\\',
        ';',
        ' ',
        'Bcc: ',
        '\u2028',
        '😀',
        'é',
        'x'.repeat(90),
        '@',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
)

const LINE_BYTES_MAX = 998

test('nothing that a peer or a sender says breaks out of its field', () => {
  fc.assert(
    fc.property(
      hostile,
      hostile,
      hostile,
      hostile,
      hostile,
      hostile,
      (helo, address, name, cipher, sender, recipient) => {
        const hop = {
          from: { helo, address, name },
          by: 'mail.example.org',
          protocol: 'ESMTPS',
          tls: { version: cipher, cipher },
          id: 'id',
          recipient,
          time: 0,
        } as const
        const bytes = deliveryFields(hop, { sender, recipient })
        const names = [...fields(bytes, 0, bytes.length)].map((field) => field.name)
        assert.deepEqual(names, ['Return-Path', 'Delivered-To', 'Received'])
        const text = bytes.toString('utf8')
        assert.ok(text.endsWith('+0000\r\n'))
        const lines = text.slice(0, -2).split('\r\n')
        for (const line of lines) {
          assert.doesNotMatch(line, /[\r\n\0\u2028]/)
          assert.notEqual(line.trim(), '')
          assert.ok(Buffer.byteLength(line) <= LINE_BYTES_MAX)
        }
        assert.doesNotMatch(text, /\ufffd/, 'well-formed')
        const received = lines.slice(lines.findIndex((line) => line.startsWith('Received:'))).join('')
        assert.equal(outsideComments(received).match(/ by mail\.example\.org with ESMTPS id id /g)?.length, 1)
      },
    ),
  )
})

/** Without comments; there must be no mark of one left. */
function outsideComments(value: string): string {
  const rest = value.replaceAll(/ \([^()]*\)/g, '')
  // An address may hold parentheses of its own, between its brackets.
  assert.doesNotMatch(rest.replaceAll(/<[^<>]*>/g, ''), /[()]/)
  return rest
}
