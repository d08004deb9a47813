import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AUTODISCOVER_BYTES_MAX, parseAutodiscoverRequest } from './autodiscover-request.ts'

const REQUEST_SCHEMA = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006'
const SCHEMA = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a'

const parse = (text: string): ReturnType<typeof parseAutodiscoverRequest> => parseAutodiscoverRequest(Buffer.from(text))

function request(address: string, more = '', prolog = ''): string {
  return `${prolog}<Autodiscover xmlns="${REQUEST_SCHEMA}"><Request>${more}<EMailAddress>${address}</EMailAddress></Request></Autodiscover>`
}

test('what Outlook and Thunderbird send is understood', () => {
  const outlook =
    `\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n<Autodiscover xmlns="${REQUEST_SCHEMA}">\r\n  <Request>\r\n` +
    `    <EMailAddress>ada@example.org</EMailAddress>\r\n    <AcceptableResponseSchema>${SCHEMA}</AcceptableResponseSchema>\r\n` +
    '  </Request>\r\n</Autodiscover>\r\n'
  assert.deepEqual(parse(outlook), { address: 'ada@example.org', schema: SCHEMA })
  assert.deepEqual(parse(request('ada@example.org')), { address: 'ada@example.org', schema: null })
})

test('prefixes, comments, empty elements and references are XML, too', () => {
  const prefixed = `<a:Autodiscover xmlns:a='x>y'><a:Request><!-- <EMailAddress> --><a:LegacyDN/><a:EMailAddress>\n a&amp;b&#64;example.org </a:EMailAddress></a:Request></a:Autodiscover>`
  assert.equal(parse(prefixed)?.address, 'a&b@example.org')
  assert.equal(parse(request('a&#x1F600;@example.org'))?.address, 'a😀@example.org')
  // The first counts.
  assert.equal(
    parse(request('eve@example.net', '<EMailAddress>ada@example.org</EMailAddress>'))?.address,
    'ada@example.org',
  )
})

test('nothing is expanded, fetched or nested without end', () => {
  const bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
  const outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
  for (const text of [
    request('&b;', '', bomb),
    request('&a;', '', outside),
    request('&a;'),
    request('ada@example.org', '', '<!DOCTYPE x>'),
    request('<![CDATA[ada@example.org]]>'),
    request('ada@example.org', '<?php x ?>'),
    request('a&amp'),
    request('a & b'),
    request('&#x110000;'),
    request('&#99999999;'),
    request('ada@example.org', '<x>'.repeat(9) + '</x>'.repeat(9)),
    request('x'.repeat(2_000)),
    '<'.repeat(10_000),
    '&'.repeat(10_000),
    `<a ${'"'.repeat(10_001)}`,
    request('ada@example.org').padEnd(AUTODISCOVER_BYTES_MAX + 1),
  ]) {
    assert.equal(parse(text), null, text.slice(0, 100))
  }
  assert.equal(parseAutodiscoverRequest(Buffer.from(request('ada@example.org'), 'utf16le')), null)
})

test('what is no document of that shape is malformed', () => {
  for (const text of [
    '',
    'ada@example.org',
    '<Autodiscover/>',
    '<EMailAddress>ada@example.org</EMailAddress>',
    request(''),
    request('ada@example.org').slice(0, -1),
    request('ada@example.org').replace('</Request>', '</request>'),
    `${request('ada@example.org')}</Autodiscover>`,
    `text ${request('ada@example.org')}`,
    request('ada@example.org', '<!-- '),
    '<?xml version="1.0"',
  ]) {
    assert.equal(parse(text), null, text)
  }
})

test('whatever comes, it ends, and does not throw', () => {
  const pieces = [
    '<',
    '>',
    '/',
    '&',
    ';',
    '#',
    '"',
    '<!--',
    '-->',
    '<?xml ',
    '?>',
    '<EMailAddress>',
    '</EMailAddress>',
    'a',
    ' ',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 200 }), (parts) => {
      const parsed = parse(request(parts.join('')))
      assert(parsed === null || parsed.address !== '')
    }),
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseAutodiscoverRequest(bytes)))
})
