// RFC 8621 §4.1.4, and what of §4.2 is about it.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { RICH } from './rich-message.test-support.ts'
import { type Any, TestClient, message } from './test-client.test-support.ts'

let account: MemoryAccount
let client: TestClient

beforeEach(() => {
  account = new MemoryAccount()
  client = new TestClient(account)
})

async function get(properties: readonly string[] | null, args: object = {}): Promise<Any> {
  const { list } = await client.call('Email/get', { ids: ['e1'], properties, ...args })
  assert.equal(list.length, 1)
  return list[0]
}

async function values(args: object): Promise<Any> {
  return (await get(['bodyValues'], args)).bodyValues
}

function leaf(partId: string, type: string, size: number): object {
  return { partId, blobId: `b1-${partId}`, type, size }
}

function checkMultipart(part: Any, type: string, subParts: object[]): void {
  assert.deepEqual({ ...part, size: 0 }, { partId: null, blobId: null, type, size: 0, subParts })
}

/** The lines of a part that has a name. */
function part(type: string, name: string, disposition = ''): string[] {
  return [
    `Content-Type: ${type}`,
    `Content-Description: ${name}`,
    ...(disposition === '' ? [] : [`Content-Disposition: ${disposition}`]),
    '',
    name,
  ]
}

function multipart(subtype: string, boundary: string, ...parts: string[][]): string[] {
  return [
    `Content-Type: multipart/${subtype}; boundary=${boundary}`,
    '',
    ...parts.flatMap((lines) => [`--${boundary}`, ...lines]),
    `--${boundary}--`,
  ]
}

function names(parts: Any[]): string {
  return parts.map((one) => one['header:Content-Description:asText']).join('')
}

function deliverText(charset: string, encoding: string, body: Buffer): void {
  const header = `Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`
  account.deliver(Buffer.concat([Buffer.from(header), body]))
}

test('the structure of the body (§4.1.4)', async () => {
  account.deliver(RICH)
  const { bodyStructure } = await get(['bodyStructure'], { bodyProperties: ['partId', 'blobId', 'type', 'size'] })
  const [alternative, pdf, inner] = bodyStructure.subParts
  checkMultipart(bodyStructure, 'multipart/mixed', [alternative, pdf, inner])
  const [plain, related] = alternative.subParts
  checkMultipart(alternative, 'multipart/alternative', [plain, related])
  assert.deepEqual(plain, leaf('1', 'text/plain', 5))
  checkMultipart(related, 'multipart/related', [leaf('2', 'text/html', 60), leaf('3', 'image/png', 6)])
  assert.deepEqual(pdf, leaf('4', 'application/pdf', 100))
  // A message within has no parts here.
  assert.deepEqual(inner, leaf('5', 'message/rfc822', 54))
})

test('properties of parts (§4.1.4)', async () => {
  account.deliver(RICH)
  const { bodyStructure } = await get(['bodyStructure'], {
    bodyProperties: [
      'name',
      'charset',
      'disposition',
      'cid',
      'language',
      'location',
      'headers',
      'header:Content-Type:asText',
    ],
  })
  const [alternative, pdf, inner] = bodyStructure.subParts
  const [plain, related] = alternative.subParts
  const [html, image] = related.subParts
  assert.deepEqual([plain.charset, html.charset, image.charset, inner.charset], ['iso-8859-1', 'utf-8', null, null])
  assert.deepEqual([image.name, pdf.name, html.name], ['Bär.png', 'bär.pdf', null])
  assert.deepEqual([image.disposition, pdf.disposition, html.disposition], ['inline', 'attachment', null])
  assert.deepEqual([image.cid, image.location, html.cid], ['image@example.com', 'https://example.com/image.png', null])
  assert.deepEqual([html.language, image.language], [['de', 'en'], null])
  assert.deepEqual(
    pdf.headers.map(({ name }: Any) => name),
    ['Content-Type', 'Content-Disposition', 'Content-Transfer-Encoding'],
  )
  assert.equal(html['header:Content-Type:asText'], 'text/html; charset=utf-8')
})

test('the flat lists (§4.1.4): the example of the RFC', async () => {
  const inner = multipart(
    'mixed',
    'b2',
    multipart(
      'alternative',
      'b3',
      multipart(
        'mixed',
        'b4',
        part('text/plain', 'B', 'inline'),
        part('image/jpeg', 'C', 'inline'),
        part('text/plain', 'D', 'inline'),
      ),
      multipart('related', 'b5', part('text/html', 'E'), part('image/jpeg', 'F')),
    ),
    part('image/jpeg', 'G', 'attachment'),
    part('application/x-excel', 'H'),
    ['Content-Type: message/rfc822', 'Content-Description: J', '', 'Subject: J', '', 'J'],
  )
  account.deliver(
    message(
      'Subject: list',
      ...multipart('mixed', 'b1', part('text/plain', 'A', 'inline'), inner, part('text/plain', 'K', 'inline')),
    ),
  )
  const email = await get(['textBody', 'htmlBody', 'attachments'], {
    bodyProperties: ['header:Content-Description:asText'],
  })
  assert.deepEqual([names(email.textBody), names(email.htmlBody), names(email.attachments)], ['ABCDK', 'AEK', 'CFGHJ'])
})

test('values of parts, and which (§4.2)', async () => {
  account.deliver(RICH)
  const plain = { value: 'Grüße', isEncodingProblem: false, isTruncated: false }
  const html = {
    value: '<p>Gr&uuml;&szlig;e <a href="https://example.com/">x</a></p>',
    isEncodingProblem: false,
    isTruncated: false,
  }
  assert.deepEqual(await values({}), {})
  assert.deepEqual(await values({ fetchTextBodyValues: true }), { 1: plain })
  assert.deepEqual(await values({ fetchHTMLBodyValues: true }), { 2: html })
  assert.deepEqual(await values({ fetchAllBodyValues: true }), { 1: plain, 2: html })
})

test('values are cut between characters, and not within a tag (§4.2)', async () => {
  account.deliver(RICH)
  for (const [bytes, text, html] of [
    [3, 'Gr', '<p>'],
    [4, 'Grü', '<p>G'],
    [5, 'Grü', '<p>Gr'],
    [30, 'Grüße', '<p>Gr&uuml;&szlig;e '],
    [1, 'G', ''],
  ] as const) {
    const found = await values({ fetchAllBodyValues: true, maxBodyValueBytes: bytes })
    assert.deepEqual([found[1].value, found[2].value], [text, html], String(bytes))
    assert.deepEqual([found[1].isTruncated, found[2].isTruncated], [text !== 'Grüße', true])
    assert.ok(Buffer.byteLength(found[1].value) <= bytes)
  }
  // Enough is enough.
  assert.equal((await values({ fetchAllBodyValues: true, maxBodyValueBytes: 7 }))[1].isTruncated, false)
})

test('encoding problems are told (§4.1.4)', async () => {
  deliverText('utf-8', '8bit', Buffer.from([0x61, 0xff, 0x62]))
  deliverText('no-such-charset', '8bit', Buffer.from('abc'))
  deliverText('utf-8', 'no-such-encoding', Buffer.from('abc'))
  deliverText('utf-8', '8bit', Buffer.from('a\r\nb\r\n'))
  deliverText('utf-16le', 'base64', Buffer.from(Buffer.from('Grüße', 'utf16le').toString('base64')))
  const { list } = await client.call('Email/get', {
    ids: ['e1', 'e2', 'e3', 'e4', 'e5'],
    properties: ['bodyValues'],
    fetchAllBodyValues: true,
  })
  const found = list.map(({ bodyValues }: Any) => [bodyValues[1].value, bodyValues[1].isEncodingProblem])
  assert.deepEqual(found, [
    ['a\ufffdb', true],
    ['abc', true],
    ['abc', true],
    ['a\nb\n', false],
    ['Grüße', false],
  ])
})

test('a message without any structure', async () => {
  account.deliver(Buffer.from('no header at all'))
  account.deliver(Buffer.alloc(0))
  const properties = [
    'headers',
    'bodyStructure',
    'textBody',
    'htmlBody',
    'attachments',
    'preview',
    'subject',
    'from',
    'sentAt',
  ]
  const { list } = await client.call('Email/get', {
    ids: ['e1', 'e2'],
    properties,
    bodyProperties: ['type', 'charset', 'size'],
  })
  for (const email of list) {
    assert.deepEqual([email.headers, email.subject, email.from, email.sentAt], [[], null, null, null])
    assert.deepEqual([email.bodyStructure.type, email.bodyStructure.charset], ['text/plain', 'us-ascii'])
    assert.equal(email.textBody.length, 1)
  }
})
