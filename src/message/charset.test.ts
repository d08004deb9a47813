import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCharset, decodeOctets } from './charset.ts'

const decode = (hex: string, label: string | null): string => decodeCharset(Buffer.from(hex, 'hex'), label).text

test('labels, their aliases and their misspellings', () => {
  const samples: [string, string, string][] = [
    [
      '80e4',
      '€ä',
      'iso-8859-1 latin1 ISO_8859-1:1987 windows-1252 cp1252 cp-1252 "iso-8859-1" iso8859-1 8859-1 x-ansi',
    ],
    ['a4', '€', 'iso-8859-15 latin-9 iso8859_15'],
    ['b1', 'ą', 'iso-8859-2 iso8859-2 latin2'],
    ['f0', 'П', 'koi8-r KOI8R'],
    ['cf', 'П', 'windows-1251 cp1251 win-1251'],
    ['d6d0', '中', 'gb2312 gbk gb18030 cp936 euc-cn'],
    ['a4a4', '中', 'big5 x-x-big5 cp950'],
    ['93fa', '日', 'shift_jis shift-jis sjis x-sjis cp932 windows-31j ms932'],
    ['c6fc', '日', 'euc-jp'],
    ['1b2442467c1b2842', '日', 'iso-2022-jp ISO-2022-JP-2 iso-2022-jp-ms cp50220'],
    ['c7d1', '한', 'euc-kr ks_c_5601-1987 cp949 uhc'],
    ['1b2429430e47510f', '한', 'iso-2022-kr'],
    ['7e7b56507e7d', '中', 'hz-gb-2312'],
    ['2b494b772d', '€', 'utf-7 UNICODE-1-1-UTF-7'],
    ['e282ac', '€', 'utf-8 UTF8 x-utf8 unicode-1-1-utf-8'],
    ['efbbbfe4b8ad', '中', 'utf-8'],
    ['2d4e', '中', 'utf-16le'],
    ['e0e1', 'אב', 'iso-8859-8 iso-8859-8-i'],
    ['a1', 'ก', 'tis-620 windows-874'],
  ]
  for (const [hex, text, labels] of samples) {
    for (const label of labels.split(' ')) assert.equal(decode(hex, label), text, label)
  }
})

test('no label, or US-ASCII, with eight-bit bytes: UTF-8 if it is that, else windows-1252', () => {
  for (const label of [null, '', 'us-ascii', 'ANSI_X3.4-1968', 'ascii']) {
    assert.equal(decode('e282ac', label), '€')
    assert.equal(decode('80', label), '€')
    assert.deepEqual(decodeCharset(Buffer.from('plain'), label), { text: 'plain', problem: false })
  }
  assert.equal(decode('1b2442467c1b2842', null), '日')
})

test('an unknown label is a problem that is told, and guessed around', () => {
  assert.deepEqual(decodeCharset(Buffer.from('€'), 'no-such'), { text: '€', problem: true })
  assert.deepEqual(decodeCharset(Buffer.of(0x80), 'x'.repeat(100)), { text: '€', problem: true })
  assert.deepEqual(decodeCharset(Buffer.of(0x41), '__proto__'), { text: 'A', problem: true })
})

test('bytes that are not of the character set are told', () => {
  assert.deepEqual(decodeCharset(Buffer.of(0x41, 0xff), 'utf-8'), { text: 'A\ufffd', problem: true })
  assert.deepEqual(decodeCharset(Buffer.from('\ufffd'), 'utf-8'), { text: '\ufffd', problem: false })
})

test('UTF-7 (RFC 2152)', () => {
  assert.equal(decodeCharset(Buffer.from('Hi Mom -+Jjo--!'), 'utf-7').text, 'Hi Mom -☺-!')
  assert.equal(decodeCharset(Buffer.from('1 +- 1 = 2'), 'utf-7').text, '1 + 1 = 2')
})

test('octets outside of encoded words', () => {
  assert.equal(decodeOctets('plain'), 'plain')
  assert.equal(decodeOctets('\xe2\x82\xac'), '€')
  assert.equal(decodeOctets('\x80'), '€')
})
