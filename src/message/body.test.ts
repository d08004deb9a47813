import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { decodeText, decodeTransfer, readText } from './body.ts'
import { parseMessage } from './parse.ts'
import { decodeQ, decodeQuotedPrintable, encodeQuotedPrintable } from './quoted-printable.ts'
import { decodeUuencode } from './uuencode.ts'

const base64 = (text: string): string => decodeBase64(Buffer.from(text, 'latin1')).toString('latin1')
const quotedPrintable = (text: string): string => decodeQuotedPrintable(Buffer.from(text, 'latin1')).toString('latin1')

test('base64 (RFC 2045 §6.8)', () => {
  assert.equal(base64('SGVsbG8='), 'Hello')
  assert.equal(base64('SGVs\r\nbG8=\r\n'), 'Hello')
  assert.equal(base64('SGVsbG8'), 'Hello')
  assert.equal(base64('S!G*V-s\x80bG8=').length > 0, true)
  assert.equal(base64(''), '')
  assert.equal(base64('===='), '')
})

test('base64 blocks one after the other, and clear text after the padding', () => {
  assert.equal(base64('SGVsbG8=\r\nSGVsbG8=\r\n'), 'HelloHello')
  assert.equal(base64('SGVsbA==\r\n_______\r\nA list: http://example.org\r\n'), 'Hell')
})

test('base64 of any bytes is read back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const encoded = encodeBase64(bytes)
      assert.deepEqual(decodeBase64(encoded), Buffer.from(bytes))
      for (const line of encoded.toString('latin1').split('\r\n')) assert.ok(line.length <= 76)
    }),
  )
})

test('quoted-printable (RFC 2045 §6.7)', () => {
  assert.equal(quotedPrintable('a=3Db =E4=f6\r\n'), 'a=b \xe4\xf6\r\n')
  assert.equal(quotedPrintable('soft=\r\nbreak=\nhere=  \r\n!'), 'softbreakhere!')
  assert.equal(quotedPrintable('white \t\r\nspace  \nends  '), 'white\r\nspace\nends')
  assert.equal(quotedPrintable('kept=20\r\n =09'), 'kept \r\n \t')
  assert.equal(quotedPrintable('a=b=4=\x80=='), 'a=b=4=\x80=')
  assert.equal(quotedPrintable('last='), 'last')
})

test('quoted-printable of any bytes is read back, in lines of at most 76 characters', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      // Line breaks are CRLF in text: what is encoded has no others.
      const text = Buffer.from(
        Buffer.from(bytes)
          .toString('latin1')
          .replace(/\r\n|\r|\n/g, '\r\n'),
        'latin1',
      )
      const encoded = encodeQuotedPrintable(text)
      assert.deepEqual(decodeQuotedPrintable(encoded), text)
      for (const line of encoded.toString('latin1').split('\r\n')) {
        assert.ok(line.length <= 76 && /^[\t\x20-\x7e]*$/.test(line) && !/^From |^\.$|[\t ]$/.test(line))
      }
    }),
  )
})

test('the "Q" encoding (RFC 2047 §4.2)', () => {
  assert.equal(decodeQ('a_b=5F=e4=x').toString('latin1'), 'a b_\xe4=x')
})

test('uuencode', () => {
  const text = 'Some text\nbegin 644 a.txt\n+:&5L;&\\@=V]R;&0 \n`\nend\n'
  assert.equal(decodeUuencode(Buffer.from(text)).toString(), 'hello world')
  assert.equal(decodeUuencode(Buffer.from('begin 644 a\nM:&5L\n')).toString(), 'hel')
  assert.equal(decodeUuencode(Buffer.from('nothing')).length, 0)
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => void decodeUuencode(Buffer.concat([Buffer.from('begin 644 x\n'), bytes]))),
  )
})

function message(fields: string, body: string): [Buffer, ReturnType<typeof parseMessage>] {
  const bytes = Buffer.from(`${fields}\n\n${body}`, 'latin1')
  return [bytes, parseMessage(bytes)]
}

test('a body by its transfer encoding', () => {
  assert.equal(decodeTransfer(...message('Content-Transfer-Encoding: BASE64', 'SGk=')).toString(), 'Hi')
  assert.equal(decodeTransfer(...message('Content-Transfer-Encoding: quoted-printable', '=48i')).toString(), 'Hi')
  assert.equal(
    decodeTransfer(...message('Content-Transfer-Encoding: x-uuencode', 'begin 644 x\n"2&D \n`\nend\n')).toString(),
    'Hi',
  )
  assert.equal(decodeTransfer(...message('Content-Transfer-Encoding: x-unknown', '=48i')).toString(), '=48i')
  assert.equal(decodeTransfer(...message('Content-Transfer-Encoding: __proto__', 'Hi')).toString(), 'Hi')
  // RFC 2045 §6.4: a multipart has none.
  const [bytes, part] = message(
    'Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64',
    '--b\n\nHi\n--b--',
  )
  assert.equal(decodeTransfer(bytes, part).toString(), '--b\n\nHi\n--b--')
})

test('text by its character set, with LF as line break', () => {
  assert.equal(decodeText(...message('Content-Type: text/plain; charset=iso-8859-1', 'Gr\xfc\xdfe\r\n!')), 'Grüße\n!')
  assert.equal(
    decodeText(...message('Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64', '4oKsDQo=')),
    '€\n',
  )
})

test('HTML may declare its character set itself', () => {
  const html = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head>\xd6\xd0'
  assert.ok(decodeText(...message('Content-Type: text/html', html)).endsWith('中'))
  assert.ok(decodeText(...message('Content-Type: text/html; charset=iso-8859-1', html)).endsWith('ÖÐ'))
})

function problem(fields: string, body: string): boolean {
  return readText(...message(fields, body)).isEncodingProblem
}

test('problems are told (RFC 8621 §4.1.4)', () => {
  assert.equal(problem('Content-Type: text/plain; charset=utf-8', 'ok'), false)
  assert.equal(problem('Content-Type: text/plain; charset=no-such', 'ok'), true)
  assert.equal(problem('Content-Type: text/plain; charset=utf-8', '\xff'), true)
  assert.equal(problem('Content-Type: text/plain\nContent-Transfer-Encoding: x-y', 'ok'), true)
})

test('a limit of bytes does not split a character', () => {
  const [bytes, part] = message('Content-Type: text/plain; charset=utf-8', 'a\xe2\x82\xacb')
  const texts = [0, 1, 2, 3, 4, 5].map((max) => readText(bytes, part, max))
  assert.deepEqual(
    texts.map(({ text }) => text),
    ['', 'a', 'a', 'a', 'a€', 'a€b'],
  )
  assert.deepEqual(
    texts.map(({ isTruncated }) => isTruncated),
    [true, true, true, true, true, false],
  )
})
