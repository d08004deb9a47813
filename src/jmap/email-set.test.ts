// RFC 8620 §5.3, with what RFC 8621 §4.6 says of e-mails. What is created is in email-create.test.ts.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { type Any, TestClient, message } from './test-client.test-support.ts'

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

async function update(patch: object): Promise<Any> {
  const { updated, notUpdated } = await client.call('Email/set', { update: { e1: patch } })
  return updated === null ? notUpdated.e1 : updated.e1
}

/** The types of a part and of those in it. */
async function get(id: string, properties: string[] | null = null, args: object = {}): Promise<Any> {
  return (await client.call('Email/get', { ids: [id], properties, ...args })).list[0]
}

test('updates by patch and as a whole (RFC 8620 §5.3)', async () => {
  account.deliver(message('Subject: x', '', 'x'), 1 as MailboxId, ['$seen', 'old'])
  const now = async (): Promise<Any> => {
    const { keywords, mailboxIds } = await get('e1', ['keywords', 'mailboxIds'])
    return [Object.keys(keywords).sort(), Object.keys(mailboxIds)]
  }
  assert.equal(await update({ 'keywords/$Flagged': true, 'keywords/OLD': null, 'keywords/nothing': null }), null)
  assert.deepEqual(await now(), [['$flagged', '$seen'], ['m1']])
  assert.equal(await update({ keywords: { work: true }, 'mailboxIds/m3': true }), null)
  assert.deepEqual(await now(), [['work'], ['m1', 'm3']])
  assert.equal(await update({ mailboxIds: { m2: true }, keywords: null }), null)
  assert.deepEqual(await now(), [[], ['m2']])
  const whole = await get('e1')
  assert.equal(await update(whole), null)
  assert.equal(await update({ ...whole, mailboxIds: { m3: true } }), null)
  assert.deepEqual(await now(), [[], ['m3']])
  for (const [patch, properties] of [
    [{ subject: 'y' }, ['subject']],
    [{ id: 'e2', size: 1 }, ['id', 'size']],
    [{ surprise: 1 }, ['surprise']],
    [{ mailboxIds: {} }, ['mailboxIds']],
    [{ 'mailboxIds/m3': null }, ['mailboxIds']],
    [{ 'mailboxIds/m9': true }, ['mailboxIds']],
    [{ 'mailboxIds/m1': false }, ['mailboxIds']],
    [{ 'keywords/a b': true }, ['keywords']],
    [{ mailboxIds: null }, ['mailboxIds']],
    [{ receivedAt: '2026-11-17T10:00:00Z' }, ['receivedAt']],
  ] as const) {
    const error = await update(patch)
    assert.equal(error.type, 'invalidProperties', JSON.stringify(patch))
    assert.deepEqual(error.properties, properties, JSON.stringify(patch))
  }
  for (const patch of [
    { keywords: {}, 'keywords/a': true },
    { 'keywords/a/b': true },
    { 'nothing/a': true },
    { 'to/0': null },
  ]) {
    assert.equal((await update(patch)).type, 'invalidPatch', JSON.stringify(patch))
  }
  assert.deepEqual(await now(), [[], ['m3']])
})

test('many updates are one record of the log', async () => {
  for (let index = 0; index < 100; index++) account.deliver(message('Subject: x', '', 'x'))
  const commits = account.commits
  const update = Object.fromEntries(
    Array.from({ length: 100 }, (_, at) => [`e${at + 1}`, { 'keywords/$seen': true, mailboxIds: { m3: true } }]),
  )
  const { updated } = await client.call('Email/set', { update })
  assert.equal(Object.keys(updated).length, 100)
  assert.equal(account.commits, commits + 1)
  assert.equal(account.mailbox(3 as MailboxId)?.messages, 100)
})

test('creating, referring to what is created, updating and destroying in one call', async () => {
  account.deliver(message('Subject: x', '', 'x'))
  account.deliver(message('Subject: y', '', 'y'))
  const responses = await client.calls([
    ['Mailbox/set', { create: { box: { name: 'Box' } } }],
    [
      'Email/set',
      {
        create: { k: { mailboxIds: { '#box': true } } },
        update: { '#k': { 'keywords/a': true }, e1: { 'mailboxIds/#box': true }, e2: { 'keywords/b': true }, e9: {} },
        destroy: ['e2', 'e8', '#nobody'],
      },
    ],
  ])
  const { created, updated, destroyed, notUpdated, notDestroyed } = responses[1]?.[1] ?? assert.fail()
  assert.equal(created.k.id, 'e3')
  assert.deepEqual(updated, { e3: null, e1: null })
  assert.deepEqual(destroyed, ['e2'])
  assert.deepEqual(notUpdated, { e2: { type: 'willDestroy' }, e9: { type: 'notFound' } })
  assert.deepEqual(notDestroyed, { e8: { type: 'notFound' }, '#nobody': { type: 'notFound' } })
  assert.deepEqual((await get('e3', ['mailboxIds', 'keywords'])).keywords, { a: true })
  assert.deepEqual((await get('e1', ['mailboxIds'])).mailboxIds, { m1: true, m4: true })
})

test('an e-mail that IMAP has marked deleted in one mailbox', async () => {
  account.deliver(message('Subject: x', '', 'x'))
  await client.call('Email/set', { update: { e1: { 'mailboxIds/m3': true } } })
  const mark = {
    kind: 'markDeleted',
    mailbox: 1 as MailboxId,
    set: [[1, 1]],
    deleted: true,
    unchangedSince: null,
  } as const
  await account.commit([mark])
  assert.deepEqual((await get('e1', ['mailboxIds'])).mailboxIds, { m3: true })
  // Moving it about elsewhere leaves the mark, and the membership, alone.
  await client.call('Email/set', { update: { e1: { mailboxIds: { m2: true } } } })
  assert.deepEqual(
    account.uidsOf(1 as never).map(({ mailbox }) => mailbox),
    [1, 2],
  )
  // Putting it there again takes the mark away.
  await client.call('Email/set', { update: { e1: { 'mailboxIds/m1': true } } })
  assert.deepEqual((await get('e1', ['mailboxIds'])).mailboxIds, { m1: true, m2: true })
  // Destroying it ends them all.
  await account.commit([mark])
  await client.call('Email/set', { destroy: ['e1'] })
  assert.deepEqual(account.uidsOf(1 as never), [])
})

test('bounds, states, and what the log refuses (RFC 8620 §5.3)', async () => {
  account.deliver(message('Subject: x', '', 'x'))
  const { state } = await client.call('Email/get', { ids: [] })
  const error = await client.error('Email/set', { ifInState: `${state}0`, destroy: ['e1'] })
  assert.equal(error.type, 'stateMismatch')
  const destroy = Array.from({ length: 1001 }, (_, at) => `e${at + 1}`)
  assert.equal((await client.error('Email/set', { destroy })).type, 'requestTooLarge')
  assert.equal((await client.error('Email/set', { create: { 'not an id': {} } })).type, 'invalidArguments')
  assert.equal((await client.error('Email/set', { update: { e1: 5 } })).type, 'invalidArguments')
  account.refusal = 'noSpace'
  const { notCreated, notUpdated, notDestroyed, newState } = await client.call('Email/set', {
    create: { k: DRAFTS },
    update: { e1: { 'keywords/a': true } },
    destroy: ['e1', 'e7'],
  })
  assert.deepEqual(
    [notCreated.k.type, notUpdated.e1.type, notDestroyed.e7.type],
    ['serverUnavailable', 'willDestroy', 'notFound'],
  )
  assert.equal(notDestroyed.e1.type, 'serverUnavailable')
  assert.equal(newState, state)
})

test('a change of which nobody knows whether it was made (RFC 8620 §3.6.2)', async () => {
  account.deliver(message('Subject: x', '', 'x'))
  account.refusal = 'inDoubt'
  const update = { e1: { 'keywords/a': true } }
  assert.equal((await client.error('Email/set', { update })).type, 'serverPartialFail')
  assert.equal((await client.error('Email/set', { create: { k: DRAFTS } })).type, 'serverPartialFail')
})
