import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeText, decodeTransfer } from './body.ts'
import { fields } from './header.ts'
import { checkBody, checkEnvelope } from './imap-grammar.ts'
import { generateMessage } from './message-generator.ts'
import { parseMessage } from './parse.ts'
import type { Part } from './part.ts'
import { renderBodyStructure, renderEnvelope } from './structure.ts'
import { summarize } from './summary.ts'
import { searchableText } from './text.ts'

/** All that holds of the parts of any bytes. */
function checkOffsets(bytes: Buffer, part: Part, from: number, to: number): void {
  assert.ok(from <= part.start && part.start <= part.bodyStart && part.bodyStart <= part.end && part.end <= to)
  let position = part.bodyStart
  for (const child of part.children) {
    checkOffsets(bytes, child, position, part.end)
    position = child.end
  }
  if (part.type === 'multipart') assert.ok(part.children.length > 0)
  if (part.children.length === 0 && part.type === 'text') {
    let lines = 0
    for (const byte of bytes.subarray(part.bodyStart, part.end)) if (byte === 0x0a) lines++
    assert.equal(part.lines, lines)
  }
}

function checkMessage(bytes: Buffer): void {
  const part = parseMessage(bytes)
  checkOffsets(bytes, part, 0, bytes.length)
  assert.equal(part.start, 0)
  assert.equal(part.end, bytes.length)
  assert.deepEqual(parseMessage(Buffer.from(bytes)), part)
  checkReplies(bytes, part)
  let position = 0
  for (const field of fields(bytes, 0, part.bodyStart)) {
    assert.equal(field.start, position)
    assert.ok(field.start <= field.valueStart && field.valueStart <= field.valueEnd && field.valueEnd <= field.end)
    position = field.end
  }
  const summary = summarize(bytes, part)
  assert.ok(summary.preview.length <= 256 && summary.preview.isWellFormed())
  searchableText(bytes, part)
  decodeEach(bytes, part)
}

function checkReplies(bytes: Buffer, part: Part): void {
  assert.equal(checkEnvelope(renderEnvelope(bytes, part).toString('latin1')), null)
  assert.equal(checkBody(renderBodyStructure(bytes, part, true).toString('latin1'), true), null)
  assert.equal(checkBody(renderBodyStructure(bytes, part, false).toString('latin1'), false), null)
}

function decodeEach(bytes: Buffer, part: Part): void {
  assert.ok(decodeTransfer(bytes, part).length <= part.end - part.bodyStart)
  decodeText(bytes, part)
  for (const child of part.children) decodeEach(bytes, child)
}

test('generated messages, whole and damaged', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (seed) => checkMessage(generateMessage(seed))),
    { numRuns: 1000 },
  )
})

test('any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => checkMessage(Buffer.from(bytes))))
})

test('any sequence of what a parser looks for', () => {
  const piece = fc.constantFrom(
    '\n',
    '\r\n',
    '\r',
    '--b',
    '--b--',
    '--',
    'b',
    '-',
    ' ',
    '\t',
    ':',
    '\0',
    '\xff',
    'x',
    'From: ',
    'Subject: ',
    '"',
    '(',
    ')',
    '<',
    '>',
    '@',
    ',',
    ';',
    '\\',
    'Content-Type: multipart/mixed; boundary=b\n\n',
    'Content-Type: message/rfc822\n\n',
    'Content-Type: text/html; charset="',
    'Content-Type: multipart/digest; boundary="b-"\n',
    'Content-Transfer-Encoding: base64\n',
    'Content-Disposition: a; b*0*=c; b*1=d',
    '=?utf-8?q?',
    '?=',
    '{3}\r\n',
    'NIL',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => checkMessage(Buffer.from(pieces.join(''), 'latin1'))),
    { numRuns: 2000 },
  )
})

test('the grammar checker refuses what is not of the grammar', () => {
  const body = '("text" "plain" NIL NIL NIL "7bit" 1 0 NIL NIL NIL NIL)'
  assert.equal(checkBody(body, true), null)
  for (const wrong of [
    `${body} `,
    body.replace('"7bit"', '7bit'),
    body.replace('"7bit"', 'NIL'),
    body.replace(' 1 0', ' 1'),
    body.replace('plain', 'pl\xe4in'),
    body.replace('plain', 'a"b'),
    body.replace('(', ''),
    body.replace('"text"', '"multipart"'),
    `(${body.replace('text', 'image')} "mixed" NIL NIL NIL NIL)`,
    '("mixed" NIL NIL NIL NIL)',
    `(${body}  "mixed" NIL NIL NIL NIL)`,
  ]) {
    assert.notEqual(checkBody(wrong, true), null, wrong)
  }
  assert.notEqual(checkBody(body, false), null)
  assert.notEqual(checkEnvelope('(NIL NIL ((NIL NIL "g" NIL)) NIL NIL NIL NIL NIL NIL NIL)'), null)
  assert.notEqual(checkEnvelope('(NIL NIL () NIL NIL NIL NIL NIL NIL NIL)'), null)
  assert.notEqual(checkEnvelope('(NIL {3}\r\nab NIL NIL NIL NIL NIL NIL NIL NIL)'), null)
})
