// RFC 8621 §4.7 to §4.9, RFC 8620 §6.3.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { type Any, TestClient, message } from './test-client.test-support.ts'

const MESSAGE = message(
  'Received: from b by c; Tue, 17 Nov 2026 09:00:00 +0000',
  'Received: from a by b; Mon, 16 Nov 2026 09:00:00 +0000',
  'From: ann@example.net',
  'Subject: outer',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  '',
  'text',
  '--b',
  'Content-Type: message/rfc822',
  '',
  'From: inner@example.net',
  'Subject: inner',
  'Content-Type: multipart/mixed; boundary=c',
  '',
  '--c',
  '',
  'inner text',
  '--c',
  'Content-Type: application/octet-stream; name=x.bin',
  'Content-Transfer-Encoding: base64',
  '',
  'AAECAw==',
  '--c--',
  '--b--',
)

test('importing (§4.8): byte for byte, with what is given, else the date of the last hop', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(account)
  const { blobId } = client.upload(MESSAGE, 'message/rfc822')
  const mailboxIds = { m1: true }
  const { created, notCreated, oldState, newState } = await client.call('Email/import', {
    emails: {
      a: { blobId, mailboxIds },
      b: { blobId, mailboxIds, keywords: { $seen: true }, receivedAt: '2020-01-02T03:04:05Z' },
      c: { blobId: `u${'0'.repeat(32)}`, mailboxIds },
      d: { blobId, mailboxIds: {}, keywords: 5, receivedAt: 'x', surprise: 1 },
      e: {},
      f: { blobId: client.upload('no message').blobId, mailboxIds },
      g: { blobId: client.upload('').blobId, mailboxIds },
    },
  })
  assert.deepEqual([created.a.id, created.b.id, created.a.size], ['e1', 'e2', MESSAGE.length])
  assert.deepEqual(await client.download(created.a.blobId), MESSAGE)
  assert.equal(account.email(1 as never)?.internalDate, Date.UTC(2026, 10, 17, 9))
  assert.equal(account.email(2 as never)?.internalDate, Date.UTC(2020, 0, 2, 3, 4, 5))
  assert.deepEqual(account.email(2 as never)?.keywords, ['$seen'])
  assert.deepEqual(notCreated.c, { type: 'invalidProperties', properties: ['blobId'] })
  assert.deepEqual(notCreated.d.properties.sort(), ['keywords', 'mailboxIds', 'receivedAt', 'surprise'])
  assert.deepEqual(notCreated.e.properties.sort(), ['blobId', 'mailboxIds'])
  assert.deepEqual([notCreated.f.type, notCreated.g.type], ['invalidEmail', 'invalidEmail'])
  assert.notEqual(oldState, newState)
  const error = await client.error('Email/import', { ifInState: oldState, emails: {} })
  assert.equal(error.type, 'stateMismatch')
  const changes = await client.call('Email/changes', { sinceState: oldState })
  assert.deepEqual(changes.created, ['e1', 'e2'])
})

test('importing without a Received field is of now', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(account)
  const { blobId } = client.upload(message('Subject: x', '', 'x'))
  await client.call('Email/import', { emails: { a: { blobId, mailboxIds: { m1: true } } } })
  assert.equal(Math.floor((account.email(1 as never)?.internalDate ?? 0) / 1000), Math.floor(client.host.time / 1000))
})

test('parsing (§4.9): uploads, attached messages, and what is in those', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(account)
  account.deliver(MESSAGE)
  const { blobId } = client.upload(MESSAGE)
  const nonsense = client.upload('nothing').blobId
  const attached = (await client.call('Email/get', { ids: ['e1'] })).list[0].attachments[0].blobId
  assert.equal(attached, 'b1-2')
  const { parsed, notParsable, notFound } = await client.call('Email/parse', {
    blobIds: [attached, blobId, 'b1', 'b9', 'b1-9', nonsense, 'nonsense', attached],
    fetchTextBodyValues: true,
  })
  assert.deepEqual(new Set(Object.keys(parsed)), new Set(['b1', attached, blobId]))
  assert.deepEqual(notParsable, [nonsense])
  assert.deepEqual(notFound, ['b9', 'b1-9', 'nonsense'])
  const inner = parsed[attached]
  assert.deepEqual(
    [inner.subject, inner.bodyValues[1].value, inner.attachments[0].name],
    ['inner', 'inner text', 'x.bin'],
  )
  assert.equal(inner.attachments[0].blobId, 'b1-2-2')
  assert.deepEqual(await client.download('b1-2-2'), Buffer.from([0, 1, 2, 3]))
  assert.deepEqual(await client.download(`${blobId}-2-2`), Buffer.from([0, 1, 2, 3]))
  assert.ok(!('id' in inner))
  const properties = ['id', 'mailboxIds', 'keywords', 'receivedAt', 'threadId', 'size', 'blobId', 'header:From:asText']
  const error = await client.error('Email/parse', { blobIds: [attached], properties })
  assert.equal(error.type, 'invalidArguments')
  const all = await client.call('Email/parse', { blobIds: [attached], properties: properties.slice(0, -1) })
  assert.deepEqual(all.parsed[attached], {
    id: null,
    mailboxIds: null,
    keywords: null,
    receivedAt: null,
    threadId: null,
    size: (await client.download(attached)).length,
    blobId: attached,
  })
  assert.equal(all.notFound, null)
  assert.deepEqual((await client.call('Email/parse', { blobIds: [] })).parsed, null)
})

test('copying between accounts, where there is one (§4.7, RFC 8620 §5.4, §6.3)', async () => {
  const client = new TestClient(new MemoryAccount())
  const { accountId } = client
  const other = `a${'b'.repeat(32)}`
  const type = async (name: string, args: object): Promise<Any> => (await client.error(name, args)).type
  assert.equal(await type('Email/copy', { fromAccountId: other, create: {} }), 'fromAccountNotFound')
  assert.equal(await type('Email/copy', { fromAccountId: accountId, create: {} }), 'invalidArguments')
  assert.equal(await type('Email/copy', { fromAccountId: accountId, accountId: other, create: {} }), 'accountNotFound')
  assert.equal(await type('Email/copy', { fromAccountId: other }), 'invalidArguments')
  assert.equal(await type('Blob/copy', { fromAccountId: other, blobIds: [] }), 'fromAccountNotFound')
  assert.equal(await type('Blob/copy', { fromAccountId: accountId, blobIds: [] }), 'invalidArguments')
})
