import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parameterText, parseDisposition, parseEncoding, parseLanguages, parseMediaType } from './parameters.ts'

/** `type/subtype name=value …`, or null. */
function media(value: string): string | null {
  const parsed = parseMediaType(value)
  if (parsed === null) return null
  return [`${parsed.type}/${parsed.subtype}`, ...parsed.parameters.map(({ name, value }) => `${name}=${value}`)].join(
    ' ',
  )
}

function text(value: string): string | null {
  return parameterText(parseMediaType(value)?.parameters ?? [], 'name')
}

test('media types (RFC 2045 §5.1)', () => {
  assert.equal(media('text/plain; charset=us-ascii (Plain text)'), 'text/plain charset=us-ascii')
  assert.equal(media('Text/HTML;\tCharset="utf-8"'), 'text/html charset=utf-8')
  assert.equal(media('(c) text (c) / (c) plain (c) ; (c) a (c) = (c) b'), 'text/plain a=b')
  assert.equal(media('text/plain; name="a \\"q\\" \\\\ b"'), 'text/plain name=a "q" \\ b')
})

test('what is no media type is none, so that the default applies (RFC 2045 §5.2)', () => {
  for (const value of ['', 'text', 'text/', '/plain', ';;;', '"text/plain"', '()'])
    assert.equal(media(value), null, value)
})

test('parameters as senders write them', () => {
  assert.equal(media('text/plain;;charset=utf-8;'), 'text/plain charset=utf-8')
  assert.equal(media('text/plain charset=utf-8'), 'text/plain charset=utf-8')
  assert.equal(media('text/plain; =x; charset=utf-8; y'), 'text/plain charset=utf-8')
  assert.equal(media('text/plain; charset=; name=a'), 'text/plain charset= name=a')
  assert.equal(media('text/plain; name=a; NAME=b'), 'text/plain name=a')
  assert.equal(media('text/plain; name="unterminated'), 'text/plain name=unterminated')
  assert.equal(media('a/b; boundary=----=_Part:1'), 'a/b boundary=----=_Part:1')
  assert.equal(media('a/b; name=My File.pdf; x=y'), 'a/b name=My File.pdf x=y')
  assert.equal(media('text/plain; charset=us-ascii format=flowed'), 'text/plain charset=us-ascii format=flowed')
  assert.equal(media('a/b; name=\xe4'), 'a/b name=\xe4')
})

test('continuations are joined, in the order of their numbers (RFC 2231 §3)', () => {
  assert.equal(
    media('message/external-body; access-type=URL; URL*0="ftp://"; URL*1="cs.utk.edu/pub"'),
    'message/external-body access-type=URL url=ftp://cs.utk.edu/pub',
  )
  assert.equal(media('a/b; n*1=b; n*0=a; n*3=d'), 'a/b n=ab')
  assert.equal(media('a/b; n*1=b'), 'a/b')
})

test('extended values (RFC 2231 §4)', () => {
  assert.equal(
    media(
      "application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
    ),
    "application/x-stuff title*=us-ascii'en'This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn%27t%20it!",
  )
  assert.equal(text("a/b; name*=utf-8'en'%e2%82%ac%20rates"), '€ rates')
  assert.equal(text("a/b; name=plain; name*=iso-8859-1''%A3"), '£')
  assert.equal(text("a/b; name*0*=utf-8''%e2; name*1*=%82%ac; name*2=.pdf"), '€.pdf')
  assert.equal(text('a/b; name*=no-quotes%20'), 'no-quotes ')
  assert.equal(text('a/b; name="=?utf-8?Q?=E2=82=AC?="'), '€')
  assert.equal(text('a/b; name==?utf-8?Q?=E2=82=AC?='), '€')
  assert.equal(text('a/b; name="\xe4"'), 'ä')
  assert.equal(text('a/b'), null)
})

test('dispositions (RFC 2183)', () => {
  assert.deepEqual(parseDisposition('ATTACHMENT; filename=a.txt'), {
    type: 'attachment',
    parameters: [{ name: 'filename', value: 'a.txt' }],
  })
  assert.equal(parseDisposition(''), null)
  assert.equal(parseDisposition('; filename=x'), null)
})

test('transfer encodings (RFC 2045 §6.1)', () => {
  assert.equal(parseEncoding('Base64 (x)'), 'base64')
  assert.equal(parseEncoding('8 bit'), '8bit')
  assert.equal(parseEncoding('quoted printable'), 'quoted-printable')
  assert.equal(parseEncoding('X-New'), 'x-new')
  assert.equal(parseEncoding('base64;'), 'base64')
  assert.equal(parseEncoding(''), null)
})

test('languages (RFC 3282)', () => {
  assert.deepEqual(parseLanguages('en, de-CH (Swiss), i-klingon'), ['en', 'de-CH', 'i-klingon'])
  assert.deepEqual(parseLanguages(' (none) ,, '), [])
})

test('hostile values cost no more than their length', () => {
  const started = process.cpuUsage()
  for (const piece of ['(', '"', '\\', ';', '=', 'a=', ';a*0=b', ';a="', ';a=(', "'%"])
    media(`a/b;${piece.repeat(200_000 / piece.length)}`)
  assert.ok(process.cpuUsage(started).user < 2_000_000)
})
