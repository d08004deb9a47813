// RFC 8621 §2.

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
    { ...shared, name: 'Trash', role: 'trash' },
    { ...shared, name: 'Work', role: null },
  ])
})

const PLAIN = message('Subject: x', '', 'x')

async function create(object: object): Promise<Any> {
  const { created, notCreated } = await client.call('Mailbox/set', { create: { k: object } })
  return created?.k ?? notCreated.k
}

async function update(id: string, patch: object): Promise<Any> {
  const { updated, notUpdated } = await client.call('Mailbox/set', { update: { [id]: patch } })
  return updated !== null && id in updated ? updated[id] : notUpdated[id]
}

async function get(id: string): Promise<Any> {
  return (await client.call('Mailbox/get', { ids: [id] })).list[0]
}

async function counts(): Promise<number[]> {
  const { totalEmails, unreadEmails, totalThreads, unreadThreads } = await get('m3')
  return [totalEmails, unreadEmails, totalThreads, unreadThreads]
}

function names(): string[] {
  return account.mailboxes().map(({ name }) => name)
}

/** A message of the one thread. */
function reply(id: number): Buffer {
  return message('Subject: t', `Message-ID: <${id}@x>`, 'References: <0@x>', '', 'x')
}

test('the properties of a mailbox (§2), some of them, and ids that are not there (RFC 8620 §5.1)', async () => {
  account.deliver(PLAIN)
  assert.deepEqual(await get('m1'), {
    id: 'm1',
    name: 'Inbox',
    parentId: null,
    role: 'inbox',
    sortOrder: 0,
    totalEmails: 1,
    unreadEmails: 1,
    totalThreads: 1,
    unreadThreads: 1,
    myRights: {
      mayReadItems: true,
      mayAddItems: true,
      mayRemoveItems: true,
      maySetSeen: true,
      maySetKeywords: true,
      mayCreateChild: true,
      mayRename: false,
      mayDelete: false,
      maySubmit: true,
    },
    isSubscribed: true,
  })
  const ids = ['m3', 'm9', 'm3', 'x', 'm1']
  const { list, notFound } = await client.call('Mailbox/get', { ids, properties: ['role'] })
  assert.deepEqual(list, [
    { id: 'm3', role: null },
    { id: 'm1', role: 'inbox' },
  ])
  assert.deepEqual(notFound, ['m9', 'x'])
  assert.deepEqual((await client.call('Mailbox/get', { ids: [] })).list, [])
  assert.equal((await client.error('Mailbox/get', { properties: ['nothing'] })).type, 'invalidArguments')
  const many = Array.from({ length: 1001 }, (_, at) => `m${at + 1}`)
  assert.equal((await client.error('Mailbox/get', { ids: many })).type, 'requestTooLarge')
})

test('a draft is not unread; what IMAP has marked deleted is not there (§2, §4.1.1)', async () => {
  account.deliver(PLAIN, 3 as MailboxId, ['$draft'])
  account.deliver(PLAIN, 3 as MailboxId, ['$seen'])
  account.deliver(PLAIN, 3 as MailboxId)
  account.deliver(PLAIN, 3 as MailboxId)
  assert.deepEqual(await counts(), [4, 2, 4, 2])
  const set = [[4, 4]] as const
  await account.commit([{ kind: 'markDeleted', mailbox: 3 as MailboxId, set, deleted: true, unchangedSince: null }])
  assert.deepEqual(await counts(), [3, 1, 3, 1])
  assert.deepEqual((await client.call('Email/get', { ids: ['e4'] })).notFound, ['e4'])
})

test('the trash is a thread of its own for what is unread (§2)', async () => {
  // The example of the RFC: one thread, an unread e-mail in the trash and a read one in the inbox.
  account.deliver(reply(1), 2 as MailboxId)
  account.deliver(reply(2), 1 as MailboxId, ['$seen'])
  const unread = async (): Promise<number[]> =>
    (await client.call('Mailbox/get', { properties: ['unreadThreads'] })).list.map((one: Any) => one.unreadThreads)
  assert.deepEqual(await unread(), [0, 1, 0])
  // An unread one elsewhere makes the thread unread wherever it is, but in the trash.
  account.deliver(reply(3), 3 as MailboxId)
  assert.deepEqual(await unread(), [1, 1, 1])
  await client.call('Email/set', { update: { e1: { 'keywords/$seen': true } } })
  assert.deepEqual(await unread(), [1, 0, 1])
})

test('creating: what is told, defaults, and children of what is created beside them (§2.5)', async () => {
  const made = await create({ name: 'New', sortOrder: 7 })
  assert.deepEqual(made.myRights.mayDelete, true)
  delete made.myRights
  assert.deepEqual(made, {
    id: 'm4',
    parentId: null,
    role: null,
    totalEmails: 0,
    unreadEmails: 0,
    totalThreads: 0,
    unreadThreads: 0,
    isSubscribed: true,
  })
  assert.equal((await get('m4')).sortOrder, 7)
  const { created, notCreated } = await client.call('Mailbox/set', {
    create: {
      c: { name: 'C', parentId: '#b' },
      b: { name: 'B', parentId: '#a' },
      a: { name: 'A', parentId: 'm4', role: 'archive', isSubscribed: false },
      ring: { name: 'R', parentId: '#ring' },
      lost: { name: 'L', parentId: '#nobody' },
    },
  })
  assert.deepEqual(Object.keys(created), ['a', 'b', 'c'])
  assert.deepEqual(notCreated.ring, { type: 'invalidProperties', properties: ['parentId'] })
  assert.deepEqual(notCreated.lost, { type: 'invalidProperties', properties: ['parentId'] })
  assert.equal(account.mailboxByRole('archive')?.path, 'New/A')
  assert.equal(account.mailboxByRole('archive')?.subscribed, false)
})

test('what cannot be created, and all properties that are wrong (§2.5)', async () => {
  for (const [object, properties] of [
    [{}, ['name']],
    [{ name: '' }, ['name']],
    [{ name: 'a/b' }, ['name']],
    [{ name: ' a' }, ['name']],
    [{ name: 'a\u0001' }, ['name']],
    [{ name: 'x'.repeat(256) }, ['name']],
    [
      { name: 5, parentId: 'm99', sortOrder: -1, isSubscribed: 1, role: 'nobody' },
      ['name', 'parentId', 'role', 'sortOrder', 'isSubscribed'],
    ],
    [{ name: 'x', sortOrder: 2 ** 31 }, ['sortOrder']],
    [{ name: 'x', sortOrder: 1.5 }, ['sortOrder']],
    [{ name: 'Work' }, ['name']],
    [{ name: 'inbox' }, ['name']],
    [{ name: 'x', role: 'trash' }, ['role']],
    [{ name: 'x', role: 'inbox' }, ['role']],
    [{ name: 'x', id: 'm9' }, ['id']],
    [{ name: 'x', totalEmails: 0, surprise: 1 }, ['totalEmails', 'surprise']],
  ] as const) {
    const error = await create(object)
    assert.equal(error.type, 'invalidProperties', JSON.stringify(object))
    assert.deepEqual(error.properties, properties, JSON.stringify(object))
  }
  let deep = (await create({ name: 'deep' })).id
  for (let level = 2; level <= 32; level++) deep = (await create({ name: 'x', parentId: deep })).id
  assert.equal((await create({ name: 'x', parentId: deep })).type, 'overQuota')
})

test('names are kept composed (RFC 5198), and a decomposed one is the same', async () => {
  await create({ name: 'Entwu\u0308rfe' })
  assert.equal((await get('m4')).name, 'Entw\u00fcrfe')
  assert.deepEqual((await create({ name: 'Entw\u00fcrfe' })).properties, ['name'])
})

test('updating (§2.5): by patch, by the whole object, and what may not be', async () => {
  assert.equal(await update('m3', { name: 'Play', sortOrder: 3, isSubscribed: false, parentId: 'm1' }), null)
  const whole = await get('m3')
  assert.deepEqual([whole.name, whole.sortOrder, whole.isSubscribed, whole.parentId], ['Play', 3, false, 'm1'])
  assert.equal(await update('m3', whole), null)
  assert.deepEqual(await get('m3'), whole)
  // Null is the default.
  assert.equal(await update('m3', { sortOrder: null, parentId: null, isSubscribed: null }), null)
  assert.deepEqual(await get('m3'), { ...whole, sortOrder: 0, parentId: null, isSubscribed: true })
  assert.deepEqual((await update('m3', { totalEmails: 5 })).properties, ['totalEmails'])
  assert.deepEqual((await update('m3', { id: 'm4', surprise: 1 })).properties, ['id', 'surprise'])
  assert.deepEqual((await update('m3', { name: null })).properties, ['name'])
  assert.deepEqual((await update('m3', { parentId: 'm3' })).properties, ['parentId'])
  assert.deepEqual((await update('m3', { 'myRights/mayDelete': false })).properties, ['myRights'])
  assert.equal((await update('m3', { 'name/x': 1 })).type, 'invalidPatch')
  assert.equal((await update('m3', { myRights: {}, 'myRights/mayDelete': true })).type, 'invalidPatch')
  assert.equal((await update('m9', { name: 'x' })).type, 'notFound')
})

test('the inbox stays what it is', async () => {
  assert.deepEqual((await update('m1', { name: 'Other' })).properties, ['name'])
  assert.deepEqual((await update('m1', { role: null })).properties, ['role'])
  assert.deepEqual((await update('m1', { parentId: 'm3' })).properties, ['parentId'])
  assert.equal(await update('m1', { name: 'Inbox', sortOrder: 1 }), null)
  assert.equal((await client.call('Mailbox/set', { destroy: ['m1'] })).notDestroyed.m1.type, 'forbidden')
})

test('two swap their names, three go round, and one is destroyed in the same call (RFC 8620 §5.3)', async () => {
  await create({ name: 'Third' })
  const swap = await client.call('Mailbox/set', { update: { m2: { name: 'Work' }, m3: { name: 'Trash' } } })
  assert.deepEqual([swap.notUpdated, names()], [null, ['INBOX', 'Work', 'Trash', 'Third']])
  const round = { m2: { name: 'Trash' }, m3: { name: 'Third' }, m4: { name: 'Work' } }
  assert.equal((await client.call('Mailbox/set', { update: round })).notUpdated, null)
  assert.deepEqual(names(), ['INBOX', 'Trash', 'Third', 'Work'])
  // One of the two may not: nothing keeps a strange name.
  const half = await client.call('Mailbox/set', {
    update: { m2: { name: 'Third', role: 'nobody' }, m3: { name: 'Trash' } },
  })
  assert.deepEqual(half.notUpdated.m2.properties, ['role'])
  assert.deepEqual(half.notUpdated.m3.properties, ['name'])
  assert.deepEqual(names(), ['INBOX', 'Trash', 'Third', 'Work'])
  const both = await client.call('Mailbox/set', { update: { m4: { name: 'x' } }, destroy: ['m4'] })
  assert.deepEqual([both.notUpdated.m4.type, both.destroyed], ['willDestroy', ['m4']])
})

test('a role is one mailbox\u2019s (§2): it can be handed on in one call, not taken', async () => {
  assert.deepEqual((await update('m3', { role: 'trash' })).properties, ['role'])
  const { notUpdated } = await client.call('Mailbox/set', { update: { m2: { role: null }, m3: { role: 'trash' } } })
  assert.equal(notUpdated, null)
  assert.equal(account.mailboxByRole('trash')?.id, 3)
  const swap = await client.call('Mailbox/set', { update: { m2: { role: 'trash' }, m3: { role: 'junk' } } })
  assert.equal(swap.notUpdated, null)
  assert.deepEqual(
    account.mailboxes().map(({ role }) => role),
    ['inbox', 'trash', 'junk'],
  )
})

test('destroying (§2.5): children, e-mails, what is marked deleted', async () => {
  await create({ name: 'Child', parentId: 'm3' })
  account.deliver(PLAIN, 4 as MailboxId)
  const destroy = async (ids: string[], onDestroyRemoveEmails = false): Promise<Any> => {
    const { destroyed, notDestroyed } = await client.call('Mailbox/set', { destroy: ids, onDestroyRemoveEmails })
    return [destroyed, notDestroyed === null ? null : Object.values(notDestroyed).map((error: Any) => error.type)]
  }
  assert.deepEqual(await destroy(['m3']), [null, ['mailboxHasChild']])
  assert.deepEqual(await destroy(['m4']), [null, ['mailboxHasEmail']])
  assert.deepEqual(await destroy(['m3'], true), [null, ['mailboxHasChild']])
  // It is also elsewhere: there it stays.
  await client.call('Email/set', { update: { e1: { 'mailboxIds/m1': true } } })
  assert.deepEqual(await destroy(['m3', 'm4'], true), [['m4', 'm3'], null])
  assert.deepEqual((await client.call('Email/get', { ids: ['e1'], properties: ['mailboxIds'] })).list[0].mailboxIds, {
    m1: true,
  })
  assert.deepEqual(await destroy(['m4', 'x']), [null, ['notFound', 'notFound']])
  account.deliver(PLAIN, 2 as MailboxId)
  const set = [[1, 1]] as const
  await account.commit([{ kind: 'markDeleted', mailbox: 2 as MailboxId, set, deleted: true, unchangedSince: null }])
  assert.deepEqual(await destroy(['m2']), [['m2'], null])
})

test('changes (§2.2): what came, changed and went; counts alone', async () => {
  const { state } = await client.call('Mailbox/get')
  const changes = async (since: string): Promise<Any> => {
    const { created, updated, destroyed, updatedProperties } = await client.call('Mailbox/changes', {
      sinceState: since,
    })
    return [created, updated, destroyed, updatedProperties]
  }
  assert.deepEqual(await changes(state), [[], [], [], null])
  account.deliver(PLAIN)
  const counts = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads']
  assert.deepEqual(await changes(state), [[], ['m1'], [], counts])
  await update('m3', { name: 'x' })
  assert.deepEqual(await changes(state), [[], ['m1', 'm3'], [], null])
  await create({ name: 'y' })
  await create({ name: 'z' })
  await client.call('Mailbox/set', { destroy: ['m3', 'm5'] })
  assert.deepEqual(await changes(state), [['m4'], ['m1'], ['m3'], counts])
  const tooFew = await client.error('Mailbox/changes', { sinceState: state, maxChanges: 2 })
  assert.equal(tooFew.type, 'cannotCalculateChanges')
  assert.equal((await client.error('Mailbox/changes', { sinceState: state, maxChanges: 0 })).type, 'invalidArguments')
  for (const sinceState of ['', 'x', '1', '999999-1', '1-1-1', '-1-1']) {
    assert.equal((await client.error('Mailbox/changes', { sinceState })).type, 'cannotCalculateChanges', sinceState)
  }
})

test('a mailbox that becomes the trash, or is it no more, changes the unread threads of others (§2)', async () => {
  account.deliver(reply(1), 3 as MailboxId)
  account.deliver(reply(2), 1 as MailboxId, ['$seen'])
  await update('m2', { role: null })
  for (const [id, role, unread] of [
    ['m3', 'trash', 0],
    ['m3', null, 1],
  ] as const) {
    const { state } = await client.call('Mailbox/get')
    await update(id, { role })
    const { updated } = await client.call('Mailbox/changes', { sinceState: state })
    assert.ok(updated.includes('m1'), `m1 is among ${updated}`)
    assert.equal((await get('m1')).unreadThreads, unread)
  }
})

test('a state that is not the one (RFC 8620 §5.3)', async () => {
  const { state } = await client.call('Mailbox/get')
  const { oldState, newState } = await client.call('Mailbox/set', { ifInState: state, create: { k: { name: 'x' } } })
  assert.equal(oldState, state)
  assert.notEqual(newState, state)
  const error = await client.error('Mailbox/set', { ifInState: state, create: { k: { name: 'y' } } })
  assert.equal(error.type, 'stateMismatch')
  assert.equal(account.mailboxByPath('y'), null)
})

test('queries (§2.3)', async () => {
  await create({ name: 'b', parentId: 'm3', sortOrder: 2 })
  await create({ name: 'A', parentId: 'm3', sortOrder: 1 })
  await create({ name: 'c', parentId: 'm5', isSubscribed: false })
  const ids = async (args: object): Promise<string[]> => (await client.call('Mailbox/query', args)).ids
  assert.deepEqual(await ids({}), ['m1', 'm2', 'm3', 'm4', 'm5', 'm6'])
  assert.deepEqual(await ids({ sort: [{ property: 'name' }] }), ['m5', 'm4', 'm6', 'm1', 'm2', 'm3'])
  const bySort = [{ property: 'sortOrder', isAscending: false }, { property: 'name' }]
  assert.deepEqual(await ids({ sort: bySort }), ['m4', 'm5', 'm6', 'm1', 'm2', 'm3'])
  assert.deepEqual(await ids({ sort: [{ property: 'name' }], sortAsTree: true }), ['m1', 'm2', 'm3', 'm5', 'm6', 'm4'])
  assert.deepEqual(await ids({ filter: { parentId: null } }), ['m1', 'm2', 'm3'])
  assert.deepEqual(await ids({ filter: { parentId: 'm3' } }), ['m4', 'm5'])
  assert.deepEqual(await ids({ filter: { name: 'OR' } }), ['m3'])
  assert.deepEqual(await ids({ filter: { role: 'trash' } }), ['m2'])
  assert.deepEqual(await ids({ filter: { role: null, isSubscribed: false } }), ['m6'])
  assert.deepEqual(await ids({ filter: { hasAnyRole: true } }), ['m1', 'm2'])
  const not = { operator: 'NOT', conditions: [{ hasAnyRole: true }, { parentId: 'm3' }] }
  assert.deepEqual(await ids({ filter: not }), ['m3', 'm6'])
  assert.deepEqual(await ids({ filter: { name: 'c' } }), ['m6'])
  assert.deepEqual(await ids({ filter: { name: 'c' }, filterAsTree: true }), [])
  assert.deepEqual(await ids({ filter: { isSubscribed: true }, filterAsTree: true }), ['m1', 'm2', 'm3', 'm4', 'm5'])
  assert.deepEqual(await ids({ position: -2 }), ['m5', 'm6'])
  assert.deepEqual(await ids({ anchor: 'm3', anchorOffset: -1, limit: 2 }), ['m2', 'm3'])
  assert.equal((await client.error('Mailbox/query', { anchor: 'm9' })).type, 'anchorNotFound')
  assert.equal((await client.error('Mailbox/query', { sort: [{ property: 'size' }] })).type, 'unsupportedSort')
  assert.equal((await client.error('Mailbox/query', { filter: { surprise: 1 } })).type, 'invalidArguments')
})

test('changes of queries (§2.4)', async () => {
  const query = { filter: { hasAnyRole: false }, sort: [{ property: 'name' }] }
  const { queryState } = await client.call('Mailbox/query', query)
  const since = { ...query, sinceQueryState: queryState, calculateTotal: true }
  const none = await client.call('Mailbox/queryChanges', since)
  assert.deepEqual([none.removed, none.added, none.total], [[], [], 1])
  account.deliver(PLAIN)
  assert.deepEqual((await client.call('Mailbox/queryChanges', since)).added, [])
  await create({ name: 'A' })
  const { removed, added, total } = await client.call('Mailbox/queryChanges', since)
  assert.deepEqual(
    [removed, added, total],
    [
      ['m1', 'm2', 'm3'],
      [
        { id: 'm4', index: 0 },
        { id: 'm3', index: 1 },
      ],
      2,
    ],
  )
  assert.equal((await client.error('Mailbox/queryChanges', { ...since, maxChanges: 1 })).type, 'tooManyChanges')
})

test('what the log refuses is told for each', async () => {
  account.refusal = 'overQuota'
  const { notCreated, notUpdated } = await client.call('Mailbox/set', {
    create: { k: { name: 'x' } },
    update: { m3: { name: 'y' } },
  })
  assert.deepEqual([notCreated.k.type, notUpdated.m3.type], ['overQuota', 'overQuota'])
  account.refusal = 'unavailable'
  assert.equal((await create({ name: 'x' })).type, 'serverUnavailable')
})
