import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeHeaderText } from './encoded-word.ts'

const octets = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

test('the examples of RFC 2047 §8', () => {
  const examples: [string, string][] = [
    ['=?ISO-8859-1?Q?a?=', 'a'],
    ['=?ISO-8859-1?Q?a?= b', 'a b'],
    ['=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=', 'ab'],
    ['=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=', 'ab'],
    ['=?ISO-8859-1?Q?a?= \t =?ISO-8859-1?Q?b?=', 'ab'],
    ['=?ISO-8859-1?Q?a_b?=', 'a b'],
    ['=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=', 'a b'],
    ['=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=', 'Keld Jørn Simonsen'],
    [
      '=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=',
      'If you can read this you understand the example.',
    ],
  ]
  for (const [encoded, text] of examples) assert.equal(decodeHeaderText(encoded), text, encoded)
})

test('a character that is split between words is joined', () => {
  assert.equal(decodeHeaderText('=?utf-8?B?4oI=?= =?utf-8?B?rA==?='), '€')
  assert.equal(decodeHeaderText('=?utf-8?Q?=E2=82?= =?UTF-8?Q?=AC?='), '€')
})

test('a language after the character set (RFC 2231 §5)', () => {
  assert.equal(decodeHeaderText('=?us-ascii*en-us?Q?hi?='), 'hi')
})

test('words as senders write them', () => {
  assert.equal(decodeHeaderText('=?utf-8?Q?with space?='), 'with space')
  assert.equal(decodeHeaderText('=?utf-8?Q?what??='), 'what?')
  assert.equal(decodeHeaderText('=?utf-8?Q?a=?='), 'a=')
  assert.equal(decodeHeaderText('(=?utf-8?q?x?=)'), '(x)')
  assert.equal(decodeHeaderText('a=?utf-8?q?x?=b'), 'axb')
  assert.equal(decodeHeaderText('=?unknown-8bit?Q?=E4?='), 'ä')
  assert.equal(decodeHeaderText('=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?='), '日本語')
  assert.equal(decodeHeaderText('=?gb2312?B?1tDOxA==?='), '中文')
})

test('what is no encoded word stays', () => {
  for (const text of ['=?', '=?utf-8?', '=?utf-8?Q?', '=?utf-8?X?a?=', '=??Q?a?=', '=?utf-8?Q?a', 'a =? b ?= c']) {
    assert.equal(decodeHeaderText(text), text)
  }
})

test('eight-bit text is UTF-8, or windows-1252 where it is not', () => {
  assert.equal(decodeHeaderText(octets('Grüße')), 'Grüße')
  assert.equal(decodeHeaderText('Gr\xfc\xdfe \x80'), 'Grüße €')
})

test('the result has no NUL and is in Normalization Form C (RFC 8621 §4.1.2.2)', () => {
  assert.equal(decodeHeaderText(octets('u\u0308\0')), 'ü')
  assert.equal(decodeHeaderText('=?utf-8?Q?u=CC=88=00?='), 'ü')
})
