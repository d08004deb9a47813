// RFC 8621 §4.1 and §4.2.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { type Any, TestClient, message } from './test-client.test-support.ts'

let account: MemoryAccount
let client: TestClient

beforeEach(() => {
  account = new MemoryAccount()
  client = new TestClient(account)
})

const RICH = message(
  'From: "  James Smythe" <james@example.com>, Friends:',
  '  jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?= <john@example.com>;',
  'Sender: james@example.com',
  'To: undisclosed-recipients:;',
  'Subject: =?utf-8?B?R3LDvMOfZQ==?= aus =?iso-8859-1?Q?K=F6ln?=',
  'Message-ID: <one@example.com>',
  'In-Reply-To: <zero@example.com>',
  'References: <minus@example.com>',
  ' <zero@example.com>',
  'Date: Tue, 17 Nov 2026 10:00:00 +0130',
  'List-Post: <mailto:partytime@lists.example.com> (Comment)',
  'X-Twice: first',
  'X-Twice:  second, folded',
  '\tover lines',
  'Received: from a by b; Tue, 17 Nov 2026 09:00:00 +0000',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=mixed',
  '',
  '--mixed',
  'Content-Type: multipart/alternative; boundary=alternative',
  '',
  '--alternative',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Gr=FC=DFe',
  '--alternative',
  'Content-Type: multipart/related; boundary=related',
  '',
  '--related',
  'Content-Type: text/html; charset=utf-8',
  'Content-Language: de, en',
  '',
  '<p>Gr&uuml;&szlig;e <a href="https://example.com/">x</a></p>',
  '--related',
  'Content-Type: image/png; name="=?utf-8?Q?B=C3=A4r.png?="',
  'Content-ID: <image@example.com>',
  'Content-Location: https://example.com/image.png',
  'Content-Disposition: inline',
  'Content-Transfer-Encoding: base64',
  '',
  'AAECAwQF',
  '--related--',
  '--alternative--',
  '--mixed',
  'Content-Type: application/pdf',
  "Content-Disposition: attachment; filename*=utf-8''b%C3%A4r.pdf",
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.alloc(100, 7).toString('base64'),
  '--mixed',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner',
  'Content-Type: text/plain',
  '',
  'inner text',
  '--mixed--',
)

async function get(properties: readonly string[] | null, args: object = {}): Promise<Any> {
  const { list } = await client.call('Email/get', { ids: ['e1'], properties, ...args })
  assert.equal(list.length, 1)
  return list[0]
}

test('metadata, and what is not there (§4.1.1)', async () => {
  account.deliver(RICH, 1 as MailboxId, ['$seen', 'work'], Date.UTC(2026, 10, 17, 8, 30, 15, 999))
  const { list, notFound, state } = await client.call('Email/get', {
    ids: ['e1', 'e9', 'e1', 'b1'],
    properties: ['blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt'],
  })
  assert.deepEqual(list, [
    {
      id: 'e1',
      blobId: 'b1',
      threadId: 't1',
      mailboxIds: { m1: true },
      keywords: { $seen: true, work: true },
      size: RICH.length,
      receivedAt: '2026-11-17T08:30:15Z',
    },
  ])
  assert.deepEqual(notFound, ['e9', 'b1'])
  assert.equal(state, (await client.call('Email/get', { ids: [] })).state)
  assert.deepEqual(await get(['id']), { id: 'e1' })
  assert.deepEqual(await get([]), { id: 'e1' })
})

test('the properties that are given by default (§4.2)', async () => {
  account.deliver(RICH)
  assert.deepEqual(Object.keys(await get(null)).sort(), [
    'attachments',
    'bcc',
    'blobId',
    'bodyValues',
    'cc',
    'from',
    'hasAttachment',
    'htmlBody',
    'id',
    'inReplyTo',
    'keywords',
    'mailboxIds',
    'messageId',
    'preview',
    'receivedAt',
    'references',
    'replyTo',
    'sender',
    'sentAt',
    'size',
    'subject',
    'textBody',
    'threadId',
    'to',
  ])
})

test('convenience properties are what the header properties are (§4.1.3)', async () => {
  account.deliver(RICH)
  const pairs = {
    messageId: 'header:Message-ID:asMessageIds',
    inReplyTo: 'header:In-Reply-To:asMessageIds',
    references: 'header:References:asMessageIds',
    sender: 'header:Sender:asAddresses',
    from: 'header:From:asAddresses',
    to: 'header:To:asAddresses',
    cc: 'header:Cc:asAddresses',
    bcc: 'header:Bcc:asAddresses',
    replyTo: 'header:Reply-To:asAddresses',
    subject: 'header:Subject:asText',
    sentAt: 'header:Date:asDate',
  }
  const email = await get([...Object.keys(pairs), ...Object.values(pairs)])
  for (const [name, header] of Object.entries(pairs)) assert.deepEqual(email[name], email[header], name)
  assert.deepEqual(email.from, [
    { name: 'James Smythe', email: 'james@example.com' },
    { name: null, email: 'jane@example.com' },
    { name: 'John Smîth', email: 'john@example.com' },
  ])
  // There, but empty; and not there.
  assert.deepEqual([email.to, email.cc], [[], null])
  assert.equal(email.subject, 'Grüße aus Köln')
  assert.deepEqual(email.references, ['minus@example.com', 'zero@example.com'])
  assert.equal(email.sentAt, '2026-11-17T10:00:00+01:30')
})

test('forms of header fields (§4.1.2), all of them, the last of them', async () => {
  account.deliver(RICH)
  const email = await get([
    'header:x-TWICE',
    'header:X-Twice:all',
    'header:X-Twice:asText',
    'header:X-Twice:asText:all',
    'header:From:asGroupedAddresses',
    'header:List-Post:asURLs',
    'header:Subject',
    'header:X-Nothing',
    'header:X-Nothing:asAddresses:all',
    'header:X-Twice:asDate',
    'header:X-Twice:asURLs',
    'header:received:asRaw',
  ])
  assert.equal(email['header:x-TWICE'], '  second, folded\r\n\tover lines')
  assert.deepEqual(email['header:X-Twice:all'], [' first', '  second, folded\r\n\tover lines'])
  assert.equal(email['header:X-Twice:asText'], 'second, folded\tover lines')
  assert.deepEqual(email['header:X-Twice:asText:all'], ['first', 'second, folded\tover lines'])
  assert.deepEqual(email['header:From:asGroupedAddresses'], [
    { name: null, addresses: [{ name: 'James Smythe', email: 'james@example.com' }] },
    {
      name: 'Friends',
      addresses: [
        { name: null, email: 'jane@example.com' },
        { name: 'John Smîth', email: 'john@example.com' },
      ],
    },
  ])
  assert.deepEqual(email['header:List-Post:asURLs'], ['mailto:partytime@lists.example.com'])
  assert.equal(email['header:X-Nothing'], null)
  assert.deepEqual(email['header:X-Nothing:asAddresses:all'], [])
  assert.deepEqual([email['header:X-Twice:asDate'], email['header:X-Twice:asURLs']], [null, null])
  const { headers } = await get(['headers'])
  assert.deepEqual(
    headers.map(({ name }: Any) => name),
    RICH.toString()
      .split('\r\n\r\n')[0]
      ?.split('\r\n')
      .filter((line) => !/^\s/.test(line))
      .map((line) => line.split(':')[0]),
  )
  assert.equal(headers.find(({ name }: Any) => name === 'Sender').value, ' james@example.com')
})

test('properties that there are not, and forms that a field does not have (§4.1.2, §4.2)', async () => {
  account.deliver(RICH)
  for (const property of [
    'nothing',
    'header:',
    'header:a b',
    'header:From:asDate',
    'header:Subject:asAddresses',
    'header:Date:asText',
    'header:Received:asText',
    'header:List-Post:asText',
    'header:Message-ID:asURLs',
    'header:X:asNothing',
    'header:X:all:asText',
    'header:X:asText:all:all',
    '__proto__',
  ]) {
    const error = await client.error('Email/get', { ids: ['e1'], properties: [property] })
    assert.equal(error.type, 'invalidArguments', property)
  }
  const body = await client.error('Email/get', { ids: ['e1'], bodyProperties: ['nothing'] })
  assert.equal(body.type, 'invalidArguments')
  assert.equal((await client.error('Email/get', { ids: null })).type, 'requestTooLarge')
})

test('the structure of the body (§4.1.4)', async () => {
  account.deliver(RICH)
  const { bodyStructure } = await get(['bodyStructure'], { bodyProperties: ['partId', 'blobId', 'type', 'size'] })
  const leaf = (partId: string, type: string, size: number): object => ({ partId, blobId: `b1-${partId}`, type, size })
  const multipart = (part: Any, type: string, subParts: object[]): void => {
    assert.deepEqual({ ...part, size: 0 }, { partId: null, blobId: null, type, size: 0, subParts })
  }
  const [alternative, pdf, inner] = bodyStructure.subParts
  multipart(bodyStructure, 'multipart/mixed', [alternative, pdf, inner])
  const [plain, related] = alternative.subParts
  multipart(alternative, 'multipart/alternative', [plain, related])
  assert.deepEqual(plain, leaf('1', 'text/plain', 5))
  multipart(related, 'multipart/related', [leaf('2', 'text/html', 60), leaf('3', 'image/png', 6)])
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
  const part = (type: string, name: string, disposition = ''): string[] => [
    `Content-Type: ${type}`,
    `Content-Description: ${name}`,
    ...(disposition === '' ? [] : [`Content-Disposition: ${disposition}`]),
    '',
    name,
  ]
  const multipart = (subtype: string, boundary: string, ...parts: string[][]): string[] => [
    `Content-Type: multipart/${subtype}; boundary=${boundary}`,
    '',
    ...parts.flatMap((lines) => [`--${boundary}`, ...lines]),
    `--${boundary}--`,
  ]
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
  const names = (list: Any[]): string => list.map((part) => part['header:Content-Description:asText']).join('')
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
  const values = async (args: object): Promise<Any> => (await get(['bodyValues'], args)).bodyValues
  assert.deepEqual(await values({}), {})
  assert.deepEqual(await values({ fetchTextBodyValues: true }), { 1: plain })
  assert.deepEqual(await values({ fetchHTMLBodyValues: true }), { 2: html })
  assert.deepEqual(await values({ fetchAllBodyValues: true }), { 1: plain, 2: html })
})

test('values are cut between characters, and not within a tag (§4.2)', async () => {
  account.deliver(RICH)
  const cut = async (maxBodyValueBytes: number): Promise<Any> =>
    (await get(['bodyValues'], { fetchAllBodyValues: true, maxBodyValueBytes })).bodyValues
  for (const [bytes, text, html] of [
    [3, 'Gr', '<p>'],
    [4, 'Grü', '<p>G'],
    [5, 'Grü', '<p>Gr'],
    [30, 'Grüße', '<p>Gr&uuml;&szlig;e '],
    [1, 'G', ''],
  ] as const) {
    const values = await cut(bytes)
    assert.deepEqual([values[1].value, values[2].value], [text, html], String(bytes))
    assert.deepEqual([values[1].isTruncated, values[2].isTruncated], [text !== 'Grüße', true])
    assert.ok(Buffer.byteLength(values[1].value) <= bytes)
  }
  // Enough is enough.
  assert.equal((await cut(7))[1].isTruncated, false)
})

test('encoding problems are told (§4.1.4)', async () => {
  const part = (charset: string, encoding: string, body: Buffer): void => {
    const header = `Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`
    account.deliver(Buffer.concat([Buffer.from(header), body]))
  }
  part('utf-8', '8bit', Buffer.from([0x61, 0xff, 0x62]))
  part('no-such-charset', '8bit', Buffer.from('abc'))
  part('utf-8', 'no-such-encoding', Buffer.from('abc'))
  part('utf-8', '8bit', Buffer.from('a\r\nb\r\n'))
  part('utf-16le', 'base64', Buffer.from(Buffer.from('Grüße', 'utf16le').toString('base64')))
  const { list } = await client.call('Email/get', {
    ids: ['e1', 'e2', 'e3', 'e4', 'e5'],
    properties: ['bodyValues'],
    fetchAllBodyValues: true,
  })
  const values = list.map(({ bodyValues }: Any) => [bodyValues[1].value, bodyValues[1].isEncodingProblem])
  assert.deepEqual(values, [
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

test('a message that is damaged does not keep the others from being read', async () => {
  account.deliver(RICH)
  account.deliver(RICH)
  account.damaged.add(1)
  const { list } = await client.call('Email/get', { ids: ['e1', 'e2'], fetchTextBodyValues: true })
  assert.equal(list[0].subject, list[1].subject)
  assert.deepEqual(list[0].bodyValues[1], { value: '', isEncodingProblem: true, isTruncated: true })
  assert.equal(list[1].bodyValues[1].value, 'Grüße')
})

test('a response that would be too large is refused, and the next call is not', async () => {
  account.deliver(message('Subject: large', '', 'x'.repeat(8_000_000)))
  const get = ['Email/get', { ids: ['e1'], properties: ['bodyValues'], fetchAllBodyValues: true }] as const
  const responses = await client.calls([...Array.from({ length: 9 }, () => get), ['Email/get', { ids: ['e1'] }]])
  assert.deepEqual(
    responses.map(([name, args]) => (name === 'error' ? args.type : 'ok')),
    ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'requestTooLarge', 'ok'],
  )
})
