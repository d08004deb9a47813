// RFC 8621 §4.1.1 to §4.1.3, and §4.2.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
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
