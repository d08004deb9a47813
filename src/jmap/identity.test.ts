// RFC 8621 §6.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { type Any, TestClient } from './test-client.test-support.ts'

let account: MemoryAccount
let client: TestClient

beforeEach(() => {
  account = new MemoryAccount()
  client = new TestClient(account)
})

async function create(object: object): Promise<Any> {
  const { created, notCreated } = await client.call('Identity/set', { create: { k: object } })
  return created?.k ?? notCreated.k
}

test('each of the owner\u2019s addresses has an identity, which stays', async () => {
  const { list } = await client.call('Identity/get')
  assert.deepEqual(
    list.map(({ email, mayDelete }: Any) => [email, mayDelete]),
    [
      ['owner@example.org', false],
      ['other@example.org', false],
      ['*@wild.example', false],
    ],
  )
  assert.deepEqual(list[0], {
    id: list[0].id,
    name: '',
    email: 'owner@example.org',
    replyTo: null,
    bcc: null,
    textSignature: '',
    htmlSignature: '',
    mayDelete: false,
  })
  assert.match(list[0].id, /^[A-Za-z][A-Za-z0-9_-]*$/)
  const { notDestroyed } = await client.call('Identity/set', { destroy: [list[0].id] })
  assert.equal(notDestroyed[list[0].id].type, 'forbidden')
  const { list: some, notFound } = await client.call('Identity/get', { ids: [list[1].id, 'x'], properties: ['email'] })
  assert.deepEqual([some, notFound], [[{ id: list[1].id, email: 'other@example.org' }], ['x']])
  assert.equal(account.commits, 1)
})

test('an address\u2019s identity gets a name and keeps its id, over a lock', async () => {
  const { list, state } = await client.call('Identity/get')
  const { id } = list[0]
  const patch = { name: 'Ada', bcc: [{ name: null, email: 'a@example.net' }], textSignature: '-- \nAda' }
  const { updated } = await client.call('Identity/set', { update: { [id]: patch } })
  assert.deepEqual(updated, { [id]: null })
  const changes = await client.call('Identity/changes', { sinceState: state })
  assert.deepEqual([changes.created, changes.updated, changes.destroyed], [[], [id], []])
  const again = new TestClient(account)
  const [kept] = (await again.call('Identity/get', { ids: [id] })).list
  assert.deepEqual({ ...list[0], ...patch }, kept)
  assert.equal((await again.call('Identity/get')).state, changes.newState)
  // As a whole object, and back to the defaults.
  await again.call('Identity/set', { update: { [id]: { ...kept, name: null, bcc: null, textSignature: null } } })
  assert.deepEqual((await again.call('Identity/get', { ids: [id] })).list[0], list[0])
})

test('others are created for addresses that the owner has', async () => {
  const made = await create({
    name: 'Two',
    email: 'other@example.org',
    replyTo: [{ name: 'R', email: 'r@example.net' }],
  })
  assert.deepEqual(made, { id: made.id, bcc: null, textSignature: '', htmlSignature: '', mayDelete: true })
  assert.equal((await create({ email: 'anything@wild.example' })).mayDelete, true)
  assert.equal((await create({ email: 'Other@Example.ORG' })).mayDelete, true)
  for (const email of [
    'nobody@example.org',
    '*@example.org',
    'wild.example',
    'x@y@evil.example',
    'owner@example.org.evil',
  ]) {
    assert.equal((await create({ email })).type, 'forbiddenFrom', email)
  }
  const { list } = await client.call('Identity/get')
  assert.equal(list.length, 6)
})

test('what is wrong, all of it', async () => {
  const error = await create({ email: 5, name: null, bcc: [{}], replyTo: 'x', htmlSignature: 1 })
  assert.equal(error.type, 'invalidProperties')
  assert.deepEqual(error.properties.sort(), ['bcc', 'email', 'htmlSignature', 'name', 'replyTo'])
  assert.deepEqual((await create({ email: 'owner@example.org', id: 'x', surprise: 1 })).properties, ['id', 'surprise'])
  assert.deepEqual((await create({})).properties, ['email'])
  assert.equal((await create({ email: 'owner@example.org', htmlSignature: 'x'.repeat(300_000) })).type, 'tooLarge')
  const [{ id }] = (await client.call('Identity/get')).list
  const { notUpdated } = await client.call('Identity/set', {
    update: { [id]: { email: 'x@example.org', mayDelete: true }, x: {} },
  })
  assert.deepEqual(notUpdated, {
    [id]: { type: 'invalidProperties', properties: ['email', 'mayDelete'] },
    x: { type: 'notFound' },
  })
})

test('changes (§6.2), and states that nothing can be told of', async () => {
  const { state } = await client.call('Identity/get')
  const { id } = await create({ email: 'owner@example.org', name: 'a' })
  const middle = (await client.call('Identity/get')).state
  await client.call('Identity/set', { update: { [id]: { name: 'b' } } })
  const changes = async (sinceState: string): Promise<Any> => {
    const { created, updated, destroyed } = await client.call('Identity/changes', { sinceState })
    return [created, updated, destroyed]
  }
  assert.deepEqual(await changes(state), [[id], [], []])
  assert.deepEqual(await changes(middle), [[], [id], []])
  const { destroyed } = await client.call('Identity/set', { destroy: [id, 'x'] })
  assert.deepEqual(destroyed, [id])
  assert.deepEqual(await changes(state), [[], [], []])
  assert.deepEqual(await changes(middle), [[], [], [id]])
  assert.deepEqual((await client.call('Identity/get', { ids: [id] })).notFound, [id])
  for (const sinceState of ['', 'x', '0', `99${middle}`]) {
    assert.equal((await client.error('Identity/changes', { sinceState })).type, 'cannotCalculateChanges')
  }
  // Another address: the identities are others.
  client.host.owned.push('third@example.org')
  assert.equal((await client.error('Identity/changes', { sinceState: middle })).type, 'cannotCalculateChanges')
})

test('there is room for some, and again when one is destroyed', async () => {
  const made: string[] = []
  for (let index = 0; index < 64; index++)
    made.push((await create({ email: 'owner@example.org', name: `${index}` })).id)
  assert.equal((await create({ email: 'owner@example.org' })).type, 'overQuota')
  const { state } = await client.call('Identity/get')
  await client.call('Identity/set', { destroy: [made[5] as string] })
  const { id } = await create({ email: 'owner@example.org' })
  assert.ok(!made.includes(id))
  const changes = await client.call('Identity/changes', { sinceState: state })
  assert.deepEqual([changes.created, changes.destroyed], [[id], [made[5]]])
  const error = await client.error('Identity/set', { ifInState: state, destroy: [id] })
  assert.equal(error.type, 'stateMismatch')
})
