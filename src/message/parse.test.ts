import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_PARSE_LIMITS } from './limits.ts'
import { parseMessage } from './parse.ts'
import type { Part } from './part.ts'

const TOP = 'From: a@b.c\r\nMIME-Version: 1.0\r\n'

/** The tree as text: `mixed(plain "one", html "two")`, bodies of leaves quoted. */
function outline(bytes: Buffer, part: Part): string {
  const name = part.type === 'text' || part.type === 'multipart' ? part.subtype : `${part.type}/${part.subtype}`
  if (part.children.length > 0) return `${name}(${part.children.map((child) => outline(bytes, child)).join(', ')})`
  return `${name} ${JSON.stringify(bytes.toString('latin1', part.bodyStart, part.end))}`
}

function parsed(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  return outline(bytes, parseMessage(bytes))
}

/** A multipart/mixed with boundary `b` and this body, whose line breaks become CRLF. */
function mixed(body: string, contentType = 'multipart/mixed; boundary="b"'): string {
  return `${TOP}Content-Type: ${contentType}\r\n\r\n${body.replaceAll('\n', '\r\n')}`
}

test('a message without MIME fields is text/plain (RFC 2045 §5.2)', () => {
  const bytes = Buffer.from('Subject: x\r\n\r\nbody\r\n')
  const part = parseMessage(bytes)
  assert.equal(outline(bytes, part), String.raw`plain "body\r\n"`)
  assert.equal(part.start, 0)
  assert.equal(part.bodyStart, 14)
  assert.equal(part.end, bytes.length)
  assert.equal(part.encoding, '7bit')
  assert.equal(part.lines, 1)
})

test('any bytes are a message', () => {
  assert.equal(parsed(''), 'plain ""')
  assert.equal(parsed('\r\n'), 'plain ""')
  assert.equal(parsed('\nbody'), 'plain "body"')
  assert.equal(parsed('Subject: only a header'), 'plain ""')
  assert.equal(parsed('Subject: x\n'), 'plain ""')
  assert.equal(parsed('no colon\n\nbody'), 'plain "body"')
  assert.equal(parsed('\0\0\xff'), 'plain ""')
  assert.equal(parsed('Subject: x\rTo: y\r\rbare CR is no line break\r'), 'plain ""')
  assert.equal(parsed('A: b\r\n \r\nContent-Type: text/html\n\nx'), 'html "x"')
})

test('line breaks are LF or CRLF, also mixed', () => {
  const text = `${TOP}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\n\none\n--b\r\n\r\ntwo\r\n--b--\n`
  assert.equal(parsed(text), 'mixed(plain "one", plain "two")')
  assert.equal(parsed(text.replaceAll('\r', '')), 'mixed(plain "one", plain "two")')
})

test('the line break before a delimiter is not of the part (RFC 2046 §5.1.1)', () => {
  assert.equal(
    parsed(mixed('preamble\n--b\n\none\n\n--b\nContent-Type: text/html\n\ntwo\n--b--\nepilogue\n')),
    String.raw`mixed(plain "one\r\n", html "two")`,
  )
})

test('delimiters may have white space after them, and need not be followed by anything', () => {
  assert.equal(parsed(mixed('--b \n\none\n--b\t\n\ntwo\n--b-- \n')), 'mixed(plain "one", plain "two")')
  assert.equal(parsed(mixed('--b\n\none\n--b--')), 'mixed(plain "one")')
})

test('empty parts', () => {
  assert.equal(parsed(mixed('--b\n--b\n\n--b\n\n\n--b--\n')), 'mixed(plain "", plain "", plain "")')
})

test('what is never closed ends with the message', () => {
  assert.equal(parsed(mixed('--b\n\none\n--b\n\ntwo')), 'mixed(plain "one", plain "two")')
  assert.equal(parsed(mixed('--b\n\none\n--b\n')), 'mixed(plain "one", plain "")')
  assert.equal(parsed(mixed('--b\n\none\n--b')), 'mixed(plain "one")')
})

test('an outer delimiter ends what is open within', () => {
  const inner = 'Content-Type: multipart/alternative; boundary=c\n\n--c\n\n1\n--c\n\n2\n'
  assert.equal(parsed(mixed(`--b\n${inner}--b\n\n3\n--b--\n`)), 'mixed(alternative(plain "1", plain "2"), plain "3")')
  assert.equal(parsed(mixed(`--b\n${inner}--b--\n--c\n\nlost\n`)), 'mixed(alternative(plain "1", plain "2"))')
})

test('nested multiparts with the same boundary: the innermost is meant', () => {
  assert.equal(
    parsed(mixed('--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\n1\n--b--\n--b\n\n2\n--b--\n')),
    'mixed(alternative(plain "1"), plain "2")',
  )
})

test('boundaries that begin alike (RFC 2046 §5.1.2): the exact one, else the longest', () => {
  const nested = (outer: string, inner: string): string =>
    mixed(
      `--${outer}\nContent-Type: multipart/alternative; boundary="${inner}"\n\n--${inner}\n\n1\n--${inner}\n\n2\n--${inner}--\n--${outer}\n\n3\n--${outer}--\n`,
      `multipart/mixed; boundary="${outer}"`,
    )
  const expected = 'mixed(alternative(plain "1", plain "2"), plain "3")'
  for (const [outer, inner] of [
    ['b', 'bb'],
    ['bb', 'b'],
    ['b', 'b-'],
    ['b-', 'b'],
    ['b', 'b--'],
    ['=_1', '=_10'],
  ] as const) {
    assert.equal(parsed(nested(outer, inner)), expected, `${outer} around ${inner}`)
  }
  assert.equal(parsed(mixed('--b and more\n\n1\n--b--\n')), 'mixed(plain "1")')
})

test('after its close delimiter a multipart is over', () => {
  assert.equal(parsed(mixed('--b\n\n1\n--b--\n--b\n\n2\n--b--\n')), 'mixed(plain "1")')
})

test('a header that runs into a delimiter ends there', () => {
  assert.equal(
    parsed(mixed('--b\nContent-Type: text/html\n--b\nContent-Type: image/png\n--b--\n')),
    'mixed(html "", image/png "")',
  )
  assert.equal(parsed(mixed('--b\nContent-Type: message/rfc822\n--b--\n')), 'mixed(message/rfc822(plain ""))')
  assert.equal(
    parsed(mixed('--b\nContent-Type: message/rfc822\n\nSubject: x\n--b--\n')),
    'mixed(message/rfc822(plain ""))',
  )
})

test('a multipart without delimiters holds its whole body, one without a boundary is text', () => {
  assert.equal(parsed(mixed('just text\n')), String.raw`mixed(plain "just text\r\n")`)
  assert.equal(parsed(mixed('x\n--b--\ny\n')), String.raw`mixed(plain "x\r\n--b--\r\ny\r\n")`)
  assert.equal(parsed(mixed('--b\n', 'multipart/mixed')), String.raw`plain "--b\r\n"`)
  assert.equal(parsed(mixed('--\n', 'multipart/mixed; boundary=""')), String.raw`plain "--\r\n"`)
})

test('boundaries as senders write them', () => {
  for (const parameter of [
    'BOUNDARY=b',
    'boundary=b (comment)',
    'boundary="b "',
    'boundary*0="b"',
    'charset=x;; boundary = b',
  ]) {
    assert.equal(parsed(mixed('--b\n\n1\n--b--\n', `Multipart/Mixed ; ${parameter}`)), 'mixed(plain "1")', parameter)
  }
  assert.equal(parsed(mixed('--=_a:b\n\n1\n--=_a:b--\n', 'multipart/mixed; boundary==_a:b')), 'mixed(plain "1")')
})

test('message/rfc822 holds a message (RFC 2046 §5.2.1)', () => {
  const text = mixed(
    '--b\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n1\n--c--\nend\n--b\n\n2\n--b--\n',
  )
  assert.equal(parsed(text), 'mixed(message/rfc822(mixed(plain "1")), plain "2")')
  assert.equal(
    parsed('Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nSubject: x\n\nhi\n'),
    String.raw`message/rfc822(message/rfc822(plain "hi\n"))`,
  )
})

test('message/rfc822 with a transfer encoding is opaque', () => {
  const text = mixed(
    '--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA==\n--b--\n',
  )
  assert.equal(parsed(text), 'mixed(message/rfc822 "U3ViamVjdDogeA==")')
})

test('parts of a multipart/digest are messages unless they say otherwise (RFC 2046 §5.1.5)', () => {
  assert.equal(
    parsed(
      mixed('--b\n\nSubject: d\n\nx\n--b\nContent-Type: text/plain\n\ny\n--b--\n', 'multipart/digest; boundary=b'),
    ),
    'digest(message/rfc822(plain "x"), plain "y")',
  )
})

test('message/delivery-status is not descended into', () => {
  assert.equal(
    parsed(
      mixed(
        '--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n--b--\n',
        'multipart/report; boundary=b',
      ),
    ),
    'report(message/delivery-status "Reporting-MTA: dns; x")',
  )
})

test('lines are counted in the bodies of texts and messages', () => {
  const bytes = Buffer.from(
    mixed(
      '--b\n\none\ntwo\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\nhi\nyou\n--b\nContent-Type: image/png\n\n1\n2\n--b--\n',
    ),
  )
  assert.deepEqual(
    parseMessage(bytes).children.map((part) => part.lines),
    [1, 3, 0],
  )
  assert.equal(parseMessage(bytes).children[1]?.children[0]?.lines, 1)
})

test('of two fields with one name the first counts; folding and case do not matter', () => {
  const part = parseMessage(
    Buffer.from(
      'content-TYPE:\r\n\ttext/html;\r\n charset=utf-8\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding : Base64 (really)\r\n' +
        'Content-ID: <x@y>\r\nContent-Description: a\r\n b\r\nContent-MD5: abc=\r\nContent-Language: en, de\r\nContent-Location: http://x/\r\n' +
        'Content-Disposition: ATTACHMENT; FileName="a b"\r\n\r\n',
    ),
  )
  assert.deepEqual([part.type, part.subtype, part.parameters], ['text', 'html', [{ name: 'charset', value: 'utf-8' }]])
  assert.equal(part.encoding, 'base64')
  assert.equal(part.id, '<x@y>')
  assert.equal(part.description, 'a b')
  assert.equal(part.md5, 'abc=')
  assert.deepEqual(part.language, ['en', 'de'])
  assert.equal(part.location, 'http://x/')
  assert.deepEqual(part.disposition, { type: 'attachment', parameters: [{ name: 'filename', value: 'a b' }] })
})

test('beyond the depth limit containers are opaque', () => {
  const limits = { ...DEFAULT_PARSE_LIMITS, depth: 1 }
  const bytes = Buffer.from(
    mixed('--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n1\n--c--\n--b\n\n2\n--b--\n'),
  )
  assert.equal(
    outline(bytes, parseMessage(bytes, limits)),
    String.raw`mixed(application/octet-stream "--c\r\n\r\n1\r\n--c--", plain "2")`,
  )
})

test('beyond the limit of parts the rest of the message is one opaque part', () => {
  const limits = { ...DEFAULT_PARSE_LIMITS, parts: 2 }
  const bytes = Buffer.from(mixed('--b\n\n1\n--b\n\n2\n--b--\n'))
  assert.equal(
    outline(bytes, parseMessage(bytes, limits)),
    String.raw`mixed(plain "1", application/octet-stream "\r\n2\r\n--b--\r\n")`,
  )
})

test('MIME fields beyond the limit of a header are not looked at, and its end is still found', () => {
  const bytes = Buffer.from(`X: ${'x'.repeat(100)}\nContent-Type: text/html\n\nbody`)
  assert.equal(outline(bytes, parseMessage(bytes, { ...DEFAULT_PARSE_LIMITS, headerBytes: 50 })), 'plain "body"')
})
