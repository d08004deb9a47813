// What app passwords may do (docs/formats/jmap-keys.md §1).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import type { Access } from './access.ts'
import { INTEGRITY, KEYS, RECOVERY } from './capabilities.ts'
import { METHODS } from './methods.ts'
import { CORE, MAIL, RESTORE, SUBMISSION, TestClient, URLS, message, parseReply } from './test-client.test-support.ts'

const FOR_OWNERS = [RESTORE, RECOVERY, KEYS]
const ALL = [CORE, MAIL, SUBMISSION, INTEGRITY, ...FOR_OWNERS]
const READS = /^(?:Core\/echo|Blob\/copy|\w+\/(?:get|changes|query|queryChanges)|Email\/parse|Integrity\/prove)$/

function clientWith(kind: Access['kind'], account = new MemoryAccount()): TestClient {
  const client = new TestClient(account)
  client.using = ALL
  client.access = { kind, isOver: false }
  return client
}

test('for reading alone: every method that changes something is refused, and every one that reads is not', async () => {
  const client = clientWith('readOnly')
  for (const { name, capability } of METHODS.values()) {
    const [[response, args] = ['', {}]] = await client.calls([[name, {}]])
    const type = response === 'error' ? args.type : null
    if (FOR_OWNERS.includes(capability)) assert.equal(type, 'accountNotSupportedByMethod', name)
    else if (READS.test(name)) assert.notEqual(type, 'accountReadOnly', name)
    else assert.equal(type, 'accountReadOnly', name)
  }
})

test('with full access: everything but who can open the account, and what it was', async () => {
  const client = clientWith('full')
  for (const { name, capability } of METHODS.values()) {
    const [[response, args] = ['', {}]] = await client.calls([[name, {}]])
    const type = response === 'error' ? args.type : null
    if (FOR_OWNERS.includes(capability)) assert.equal(type, 'accountNotSupportedByMethod', name)
    else assert.ok(type !== 'accountReadOnly' && type !== 'accountNotSupportedByMethod', name)
  }
  assert.ok((await client.call('Mailbox/set', { create: { k: { name: 'Mine' } } })).created.k.id)
})

test('nothing changes by reading, and nothing is taken', async () => {
  const account = new MemoryAccount()
  account.deliver(message('Subject: a', '', 'text'))
  const { modseq } = account
  const client = clientWith('readOnly', account)
  const upload = client.engine.beginUpload(client.access, client.accountId)
  assert.ok('status' in upload && upload.status === 403)
  const { ids } = await client.call('Email/query', {})
  const { list } = await client.call('Email/get', { ids, properties: ['keywords'] })
  assert.deepEqual(list[0].keywords, {})
  assert.equal(
    (await client.error('Email/set', { update: { [ids[0]]: { 'keywords/$seen': true } } })).type,
    'accountReadOnly',
  )
  assert.equal((await client.error('EmailSubmission/set', {})).type, 'accountReadOnly')
  assert.equal(account.modseq, modseq)
})

test('the Session object says so', () => {
  for (const kind of ['full', 'readOnly'] as const) {
    const client = clientWith(kind)
    const session = parseReply(client.engine.session(client.access, URLS))
    const account = session.accounts[client.accountId]
    assert.equal(account.isReadOnly, kind === 'readOnly')
    assert.deepEqual(Object.keys(account.accountCapabilities), [MAIL, SUBMISSION, INTEGRITY])
    assert.deepEqual(Object.keys(session.primaryAccounts), [MAIL, SUBMISSION, INTEGRITY])
  }
})

test('rights on mailboxes say so, and so does the state of the session', async () => {
  const account = new MemoryAccount()
  const [reader, owner] = [clientWith('readOnly', account), clientWith('owner', account)]
  const rights = async (client: TestClient): Promise<Record<string, boolean>> =>
    (await client.call('Mailbox/get', { ids: null, properties: ['myRights'] })).list[0].myRights
  const allowed = Object.entries(await rights(reader)).filter(([, may]) => may)
  assert.deepEqual(allowed, [['mayReadItems', true]])
  assert.equal((await rights(owner))['mayAddItems'], true)
  const states = await Promise.all(
    [reader, owner].map(async (client) => {
      const { json } = await client.post(JSON.stringify({ using: [], methodCalls: [] }))
      assert.equal(json.sessionState, parseReply(client.engine.session(client.access, URLS)).state)
      return json.sessionState
    }),
  )
  assert.notEqual(states[0], states[1])
})

test('when the password is revoked, what is left of a request is not done', async () => {
  const account = new MemoryAccount()
  const client = clientWith('full', account)
  let calls = 0
  client.access = {
    kind: 'full',
    get isOver() {
      return ++calls > 1
    },
  }
  const responses = await client.calls([
    ['Mailbox/set', { create: { k: { name: 'Before' } } }],
    ['Mailbox/set', { create: { k: { name: 'After' } } }],
  ])
  assert.deepEqual(
    [responses[0]?.[0], responses[1]?.[0], responses[1]?.[1].type],
    ['Mailbox/set', 'error', 'forbidden'],
  )
  assert.equal(account.mailboxByPath('After'), null)
})
