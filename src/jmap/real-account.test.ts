// The engine over the account as it is: a ledger on disk, sealed, with its index.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { TestHost } from './test-host.test-support.ts'
import { type Any, TestClient, message } from './test-client.test-support.ts'

async function open(t: TestContext): Promise<{ fixture: Fixture; account: OpenAccount; client: TestClient }> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-jmap-'))
  const made = await makeFixture(directory, { quick: true })
  const opened: OpenAccount[] = []
  const fixture: Fixture = {
    ...made,
    async open(options) {
      const account = await made.open(options)
      opened.push(account)
      return account
    },
  }
  const account = await fixture.open()
  t.after(async () => {
    for (const account of opened) await account.close()
    await fixture.close()
    fs.rmSync(directory, { recursive: true })
  })
  return { fixture, account, client: new TestClient(account, hostOf(account)) }
}

function hostOf(account: OpenAccount): TestHost {
  const host = new TestHost()
  host.owned.unshift(account.address)
  return host
}

/** Delivers, and waits until all of it is filed. */
async function deliver(fixture: Fixture, account: OpenAccount, ...messages: Buffer[]): Promise<void> {
  const wanted = account.nextEmail + messages.length
  const { promise, resolve } = Promise.withResolvers<void>()
  using _ = account.subscribe(() => {
    if (account.nextEmail >= wanted) resolve()
  })
  await fixture.deliver(...messages)
  await promise
}

async function roles(client: TestClient): Promise<Record<string, string>> {
  const { list } = await client.call('Mailbox/get', { properties: ['role'] })
  return Object.fromEntries(list.map(({ id, role }: Any) => [role, id]))
}

test('a draft with a file is written, read, sent and filed', async (t) => {
  const { account, client } = await open(t)
  const { drafts = '', sent = '' } = await roles(client)
  const file = Buffer.alloc(3_000_000, 'some content of a file ')
  const { blobId } = client.upload(file, 'application/pdf')
  const [{ id: identityId }] = (await client.call('Identity/get')).list
  const responses = await client.calls([
    [
      'Email/set',
      {
        create: {
          d: {
            mailboxIds: { [drafts]: true },
            keywords: { $draft: true, $seen: true },
            from: [{ name: 'Ada', email: account.address }],
            to: [{ email: 'x@example.com' }],
            subject: 'Bericht über Köln',
            textBody: [{ partId: 't', type: 'text/plain' }],
            bodyValues: { t: { value: 'Anbei der Bericht.\n' } },
            attachments: [{ blobId, type: 'application/pdf', name: 'bericht.pdf' }],
          },
        },
      },
    ],
    [
      'EmailSubmission/set',
      {
        create: { s: { identityId, emailId: '#d' } },
        onSuccessUpdateEmail: {
          '#s': { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, 'keywords/$draft': null },
        },
      },
    ],
  ])
  const { id } = responses[0]?.[1].created.d ?? assert.fail()
  assert.deepEqual(responses[2]?.[1].updated, { [id]: null })
  const [email] = (await client.call('Email/get', { ids: [id], fetchTextBodyValues: true })).list
  assert.deepEqual([email.mailboxIds, email.keywords, email.hasAttachment], [{ [sent]: true }, { $seen: true }, true])
  assert.equal(email.bodyValues[1].value, 'Anbei der Bericht.\n')
  assert.equal(email.attachments[0].size, file.length)
  assert.ok((await client.download(email.attachments[0].blobId)).equals(file))
  const whole = await client.download(email.blobId)
  assert.equal(whole.length, email.size)
  assert.equal(client.host.sent[0]?.message, whole.toString('latin1'))
})

test('words are found, and shown', async (t) => {
  const { fixture, account, client } = await open(t)
  await deliver(
    fixture,
    account,
    message('Subject: Fahrt nach Köln', 'Content-Type: text/plain; charset=utf-8', '', 'Die Züge fahren stündlich.'),
    message('Subject: 東京', 'Content-Type: text/plain; charset=utf-8', '', '今日の東京都の天気'),
    message('Subject: other', '', 'nothing here'),
  )
  const find = async (filter: object): Promise<string[]> => (await client.call('Email/query', { filter })).ids
  assert.deepEqual(await find({ text: 'koln zuge' }), ['e1'])
  assert.deepEqual(await find({ text: '"nach Köln"' }), ['e1'])
  assert.deepEqual(await find({ body: '東京都' }), ['e2'])
  assert.deepEqual(await find({ subject: 'zuge' }), [])
  assert.deepEqual(await find({ header: ['subject', 'OTH'] }), ['e3'])
  const { list } = await client.call('SearchSnippet/get', { filter: { text: 'koln zuge' }, emailIds: ['e1'] })
  assert.deepEqual(list, [
    { emailId: 'e1', subject: 'Fahrt nach <mark>Köln</mark>', preview: 'Die <mark>Züge</mark> fahren stündlich.' },
  ])
})

test('states hold over a lock, and over an index that is made again', async (t) => {
  const { fixture, account, client } = await open(t)
  await deliver(fixture, account, message('Subject: 1', '', '1'), message('Subject: 2', '', '2'))
  const [{ id: identity }] = (await client.call('Identity/get')).list
  await client.call('Identity/set', { update: { [identity]: { name: 'Ada' } } })
  const types = ['Mailbox', 'Thread', 'Email', 'Identity', 'EmailSubmission']
  const states = async (client: TestClient): Promise<Record<string, string>> => {
    const responses = await client.calls(types.map((type) => [`${type}/get`, { ids: [] }]))
    return Object.fromEntries(responses.map(([, { state }], at) => [types[at], state]))
  }
  const before = await states(client)
  await account.close()
  let reopened = await fixture.open()
  let later = new TestClient(reopened, hostOf(reopened))
  assert.deepEqual(await states(later), before)
  await later.call('Email/set', { update: { e1: { 'keywords/$flagged': true } }, destroy: ['e2'] })
  await reopened.close()
  fs.rmSync(fixture.indexDirectory, { recursive: true })
  reopened = await fixture.open()
  later = new TestClient(reopened, hostOf(reopened))
  const changes = await later.call('Email/changes', { sinceState: before['Email'] })
  assert.deepEqual([changes.created, changes.updated, changes.destroyed], [[], ['e1'], ['e2']])
  const threads = await later.call('Thread/changes', { sinceState: before['Thread'] })
  assert.deepEqual([threads.created, threads.updated, threads.destroyed], [[], [], ['t2']])
  assert.equal((await later.call('Identity/get')).list[0].name, 'Ada')
  assert.equal((await later.call('Identity/get')).state, before['Identity'])
})

test('marking as read is no news of threads, nor of deliveries', async (t) => {
  const { fixture, account, client } = await open(t)
  await deliver(fixture, account, message('Subject: 1', '', '1'))
  const stream = client.engine.events({ types: '*', closeAfter: 'state', ping: '0', lastEventId: null })
  const chunks = stream.chunks()
  await chunks.next()
  const next = chunks.next()
  await client.call('Email/set', { update: { e1: { 'keywords/$seen': true } } })
  client.host.advance(200)
  const { value } = await next
  assert.deepEqual(Object.keys(JSON.parse(/data: (.*)/.exec(value ?? '')?.[1] ?? '').changed[client.accountId]), [
    'Email',
    'Mailbox',
  ])
})

test('mail that is delivered is pushed', async (t) => {
  const { fixture, account, client } = await open(t)
  const stream = client.engine.events({ types: 'EmailDelivery', closeAfter: 'state', ping: '0', lastEventId: null })
  const chunks = stream.chunks()
  await chunks.next()
  const next = chunks.next()
  await deliver(fixture, account, message('Subject: 1', '', '1'))
  client.host.advance(200)
  assert.match(String((await next).value), /"EmailDelivery":"2"/)
})
