// Drafts (RFC 8621 §4.6).

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { type Any, TestClient } from './test-client.test-support.ts'

let account: MemoryAccount
let client: TestClient

beforeEach(async () => {
  account = new MemoryAccount()
  client = new TestClient(account)
  const shared = { kind: 'createMailbox', parent: null, uidValidity: 1, subscribed: true } as const
  await account.commit([
    { ...shared, name: 'Drafts', role: 'drafts' },
    { ...shared, name: 'Work', role: null },
  ])
})

const DRAFTS = { mailboxIds: { m2: true } }

async function create(object: object): Promise<Any> {
  const { created, notCreated } = await client.call('Email/set', { create: { k: { ...DRAFTS, ...object } } })
  return created?.k ?? notCreated.k
}

function types({ type, subParts }: Any): Any {
  return subParts ? [type, ...subParts.map(types)] : type
}

/** The message that is made, as text. */
async function composed(object: object): Promise<string> {
  const made = await create(object)
  assert.equal(typeof made.blobId, 'string', JSON.stringify(made))
  const bytes = await client.download(made.blobId)
  assert.equal(bytes.length, made.size)
  return bytes.toString()
}

async function get(id: string, properties: string[] | null = null, args: object = {}): Promise<Any> {
  return (await client.call('Email/get', { ids: [id], properties, ...args })).list[0]
}

test('a draft is what was given, and what was not is generated (§4.6)', async () => {
  const made = await create({
    keywords: { $draft: true, $Seen: true },
    from: [{ name: 'Jörg', email: 'owner@example.org' }],
    to: [{ name: null, email: 'x@example.net' }, { email: 'y@example.net' }],
    subject: 'Grüße',
    inReplyTo: ['a@example.net'],
    references: ['b@example.net', 'a@example.net'],
    sentAt: '2026-11-17T11:05:08+10:00',
    receivedAt: '2026-11-17T01:05:08Z',
    bodyStructure: {
      type: 'multipart/alternative',
      subParts: [
        { partId: 'a49d', type: 'text/html' },
        { partId: 'bd48', type: 'text/plain' },
      ],
    },
    bodyValues: { bd48: { value: 'Hello', isTruncated: false }, a49d: { value: '<p>Hello</p>' } },
  })
  assert.deepEqual(Object.keys(made), ['id', 'blobId', 'threadId', 'size'])
  const email = await get(made.id, null, { fetchAllBodyValues: true })
  assert.deepEqual(email.keywords, { $draft: true, $seen: true })
  assert.deepEqual(email.mailboxIds, { m2: true })
  assert.deepEqual(email.from, [{ name: 'Jörg', email: 'owner@example.org' }])
  assert.deepEqual(
    email.to.map(({ email }: Any) => email),
    ['x@example.net', 'y@example.net'],
  )
  assert.deepEqual(
    [email.subject, email.inReplyTo, email.references],
    ['Grüße', ['a@example.net'], ['b@example.net', 'a@example.net']],
  )
  assert.deepEqual([email.sentAt, email.receivedAt], ['2026-11-17T11:05:08+10:00', '2026-11-17T01:05:08Z'])
  assert.match(email.messageId[0], /^[0-9a-f]{32}@example\.org$/)
  assert.deepEqual(
    Object.values(email.bodyValues).map(({ value }: Any) => value),
    ['<p>Hello</p>', 'Hello'],
  )
  assert.equal(account.commits, 3)
})

test('without anything but a mailbox: Date and Message-ID all the same', async () => {
  const text = await composed({})
  assert.match(
    text,
    /^Date: Fri, 27 Nov 2026 12:00:\d\d \+0000\r\nMessage-ID: <[0-9a-f]{32}@example\.org>\r\nMIME-Version: 1\.0\r\n/,
  )
})

test('a text comes back as it was given', async () => {
  for (const value of [
    '',
    'a\nb\n',
    'x'.repeat(3000),
    ' indented\ntrailing \n.\nFrom me\n',
    'Grüße 東京 😀\n',
    'a\n\n\nb\n',
  ]) {
    const made = await create({ textBody: [{ partId: '1', type: 'text/plain' }], bodyValues: { 1: { value } } })
    const { bodyValues } = await get(made.id, ['bodyValues'], { fetchAllBodyValues: true })
    assert.equal(bodyValues[1].value.replace(/\n$/, ''), value.replace(/\n$/, ''))
  }
})

test('header fields in every form (§4.1.2)', async () => {
  const text = await composed({
    'header:X-Raw': ' as it is',
    'header:X-Text:asText': 'Grüße',
    'header:Resent-To:asAddresses:all': [[{ name: 'A', email: 'a@example.net' }], [{ email: 'b@example.net' }]],
    'header:Reply-To:asGroupedAddresses': [
      { name: 'Team', addresses: [{ email: 'c@example.net' }] },
      { name: null, addresses: [{ name: 'D', email: 'd@example.net' }] },
    ],
    'header:X-Ids:asMessageIds': ['1@example.net', '2@example.net'],
    'header:Resent-Date:asDate': '2026-11-17T10:00:00Z',
    'header:List-Post:asURLs': ['mailto:list@example.net'],
    'header:X-None': null,
  })
  for (const line of [
    'X-Raw: as it is',
    'X-Text: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
    'Resent-To: A <a@example.net>',
    'Resent-To: b@example.net',
    'Reply-To: Team: c@example.net;, D <d@example.net>',
    'X-Ids: <1@example.net> <2@example.net>',
    'Resent-Date: Tue, 17 Nov 2026 10:00:00 +0000',
    'List-Post: <mailto:list@example.net>',
  ]) {
    assert.ok(text.includes(`\r\n${line}\r\n`) || text.startsWith(`${line}\r\n`), `${line}\n${text}`)
  }
  assert.ok(!text.includes('X-None'))
})

test('a line break in a value begins no field', async () => {
  const text = await composed({
    'header:X-Raw': ' a\r\nBcc: evil@example.net\r\n\r\nbody',
    'header:X-Text:asText': 'a\r\nBcc: evil@example.net',
    subject: 'a\nBcc: evil@example.net',
    to: [{ name: 'a\r\nBcc: evil@example.net', email: 'x@example.net' }],
    textBody: [{ partId: '1', type: 'text/plain', name: 'a\r\nX-Evil: 1', cid: 'a>\r\nX-Evil: 1' }],
    bodyValues: { 1: { value: 'text' } },
  })
  assert.ok(!/^(?:Bcc|X-Evil)/im.test(text), text)
  assert.equal(text.split('\r\n\r\n').length, 2)
})

test('a half-finished draft is kept (§4.6)', async () => {
  const made = await create({
    to: [{ name: 'Bob, the "great"', email: 'bob' }, { email: 'x@example.net' }],
    cc: [{ email: '' }],
  })
  const { to } = await get(made.id, ['to'])
  assert.ok(JSON.stringify(to).includes('bob'), JSON.stringify(to))
  assert.ok(JSON.stringify(to).includes('x@example.net'))
})

test('text, HTML and attachments are arranged', async () => {
  const image = client.upload(Buffer.from([0, 1, 2, 3]))
  const pdf = client.upload(Buffer.alloc(1000, 5))
  const made = await create({
    textBody: [{ partId: 't', type: 'text/plain' }],
    htmlBody: [{ partId: 'h', type: 'text/html' }],
    bodyValues: { t: { value: 'text' }, h: { value: '<img src="cid:i@x">' } },
    attachments: [
      { blobId: image.blobId, type: 'image/png', name: 'i.png', cid: 'i@x', disposition: 'inline' },
      { blobId: pdf.blobId, type: 'application/pdf', name: 'ä.pdf', size: 5 },
    ],
  })
  const email = await get(made.id, ['bodyStructure', 'textBody', 'htmlBody', 'attachments', 'hasAttachment'], {
    bodyProperties: ['type', 'name', 'cid', 'disposition', 'blobId', 'size'],
  })
  assert.deepEqual(types(email.bodyStructure), [
    'multipart/mixed',
    ['multipart/alternative', 'text/plain', ['multipart/related', 'text/html', 'image/png']],
    'application/pdf',
  ])
  const [shown, file] = email.attachments
  assert.deepEqual([shown.cid, shown.disposition, shown.size], ['i@x', 'inline', 4])
  assert.deepEqual([file.name, file.disposition, file.size], ['ä.pdf', 'attachment', 1000])
  assert.equal(email.hasAttachment, true)
  assert.deepEqual(await client.download(shown.blobId), Buffer.from([0, 1, 2, 3]))
  assert.deepEqual(await client.download(file.blobId), Buffer.alloc(1000, 5))
  // What is there already can be attached again (RFC 8620 §6): a part, and a whole message.
  const again = await create({
    attachments: [
      { blobId: file.blobId, type: 'application/pdf' },
      { blobId: made.blobId, type: 'message/rfc822' },
    ],
  })
  const { attachments } = await get(again.id, ['attachments'])
  assert.deepEqual(await client.download(attachments[0].blobId), Buffer.alloc(1000, 5))
  assert.deepEqual(await client.download(attachments[1].blobId), await client.download(made.blobId))
})

test('a body part of text from a blob has the character set that is given', async () => {
  const { blobId } = client.upload(Buffer.from('Gr\xfc\xdfe', 'latin1'))
  const made = await create({ textBody: [{ blobId, type: 'text/plain', charset: 'iso-8859-1' }] })
  const { bodyValues } = await get(made.id, ['bodyValues'], { fetchAllBodyValues: true })
  assert.equal(bodyValues[1].value, 'Grüße')
})

test('fields of a part, but for those that have properties of their own', async () => {
  const { blobId } = client.upload('x')
  const properties = ['header:Content-Description:asText', 'header:X-Kind', 'language', 'location']
  const given = {
    'header:Content-Description:asText': 'Eine Übersicht',
    'header:X-Kind': ' a',
    language: ['de'],
    location: 'https://example.com/x',
  }
  const made = await create({ attachments: [{ blobId, type: 'image/png', ...given }] })
  const { attachments } = await get(made.id, ['attachments'], { bodyProperties: properties })
  assert.deepEqual(attachments, [given])
})

test('what must not be given together, or so (§4.6)', async () => {
  const { blobId } = client.upload('x')
  const values = { bodyValues: { 1: { value: 'x' } } }
  const part = { partId: '1', type: 'text/plain' }
  for (const [object, properties] of [
    [{ mailboxIds: {} }, ['mailboxIds']],
    [{ mailboxIds: { m9: true } }, ['mailboxIds']],
    [{ mailboxIds: { m2: false } }, ['mailboxIds']],
    [{ mailboxIds: null }, ['mailboxIds']],
    [{ keywords: { 'a b': true } }, ['keywords']],
    [{ keywords: { a: 1 } }, ['keywords']],
    [{ keywords: { 'a*': true }, receivedAt: 'yesterday', subject: 5 }, ['keywords', 'receivedAt', 'subject']],
    [{ receivedAt: '2026-11-17T10:00:00+01:00' }, ['receivedAt']],
    [{ id: 'e1', surprise: 1 }, ['id', 'surprise']],
    [{ headers: [] }, ['headers']],
    [{ preview: 'x' }, ['preview']],
    [{ from: [], 'header:From': ' x' }, ['from', 'header:From']],
    [{ 'header:X': ' 1', 'header:x:asText': '2' }, ['header:X', 'header:x:asText']],
    [{ 'header:From:asDate': '2026-11-17T10:00:00Z' }, ['header:From:asDate']],
    [{ 'header:Content-Type': ' text/plain' }, ['header:Content-Type']],
    [{ 'header:X:all': ' 1' }, ['header:X:all']],
    [{ sentAt: 'now' }, ['sentAt']],
    [{ from: 'owner@example.org' }, ['from']],
    [{ from: [{ name: 'x' }] }, ['from']],
    [{ bodyStructure: part, textBody: [part], ...values }, ['textBody']],
    [{ bodyStructure: { ...part, 'header:Subject': ' x' }, subject: 'y', ...values }, ['bodyStructure/header:Subject']],
    [{ bodyStructure: { ...part, headers: [] }, ...values }, ['bodyStructure/headers']],
    [{ textBody: [part, part], ...values }, ['textBody']],
    [{ textBody: [{ ...part, type: 'text/html' }], ...values }, ['textBody']],
    [{ htmlBody: [part], ...values }, ['htmlBody']],
    [{ textBody: [{ ...part, blobId }], ...values }, ['textBody']],
    [{ textBody: [{ type: 'text/plain' }], ...values }, ['textBody']],
    [{ textBody: [part] }, ['textBody/partId']],
    [{ textBody: [{ ...part, charset: 'utf-8' }], ...values }, ['textBody/charset']],
    [{ textBody: [{ ...part, size: 1 }], ...values }, ['textBody/size']],
    [
      { textBody: [{ ...part, 'header:Content-Transfer-Encoding': ' 8bit' }], ...values },
      ['textBody/header:Content-Transfer-Encoding'],
    ],
    [{ textBody: [part], bodyValues: { 1: { value: 'x', isTruncated: true } } }, ['bodyValues/1/isTruncated']],
    [
      { textBody: [part], bodyValues: { 1: { isEncodingProblem: true, z: 1 } } },
      ['bodyValues/1/value', 'bodyValues/1/isEncodingProblem', 'bodyValues/1/z'],
    ],
    [{ textBody: [part], bodyValues: { 1: 'x' } }, ['bodyValues/1']],
    [{ attachments: [{ blobId, type: 'multipart/mixed' }] }, ['attachments']],
    [{ attachments: [{ blobId, type: 'nonsense' }] }, ['attachments/type']],
    [{ bodyStructure: { type: 'multipart/mixed', subParts: [] } }, ['bodyStructure']],
    [
      { bodyStructure: { type: 'multipart/mixed', subParts: [part, { ...part, surprise: 1 }] }, ...values },
      ['bodyStructure/subParts/1/surprise'],
    ],
  ] as const) {
    const error = await create(object)
    assert.equal(error.type, 'invalidProperties', JSON.stringify(object))
    const named = error.properties
    for (const property of properties) assert.ok(named.includes(property), `${JSON.stringify(object)}: ${named}`)
  }
  assert.equal(account.nextEmail, 1)
})

test('blobs that are not there are named (§4.6)', async () => {
  const error = await create({
    attachments: [
      { blobId: 'b99', type: 'image/png' },
      { blobId: `u${'0'.repeat(32)}`, type: 'image/png' },
      { blobId: 'nonsense', type: 'image/png' },
    ],
  })
  assert.deepEqual(error, { type: 'blobNotFound', notFound: ['b99', `u${'0'.repeat(32)}`, 'nonsense'] })
})

test('too much: attachments, the message, keywords', async () => {
  const { blobId } = client.upload(Buffer.alloc(30_000_000))
  assert.equal((await create({ attachments: [{ blobId }, { blobId }] })).type, 'tooLarge')
  assert.equal((await create({ attachments: [{ blobId }] })).type, 'tooLarge')
  const keywords = Object.fromEntries(Array.from({ length: 129 }, (_, at) => [`k${at}`, true]))
  assert.equal((await create({ keywords })).type, 'tooManyKeywords')
})
