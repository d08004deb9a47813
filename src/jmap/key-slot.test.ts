// What opens the account, over JMAP (docs/formats/jmap-keys.md).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { KEYS } from './capabilities.ts'
import { type Any, CORE, TestClient } from './test-client.test-support.ts'
import { OWNER_PASSWORD } from './test-keys.test-support.ts'

function newClient(): TestClient {
  const client = new TestClient(new MemoryAccount())
  client.using = [CORE, KEYS]
  return client
}

const phone = { kind: 'appPassword', label: 'Phone', protocols: ['imap', 'submission'], access: 'full', expires: null }

test('the inventory', async () => {
  const client = newClient()
  const { list, state, notFound } = await client.call('KeySlot/get', { ids: null })
  assert.deepEqual(
    list.map(({ kind, label, needsServerSecret }: Any) => [kind, label, needsServerSecret]),
    [
      ['password', 'owner@example.org', true],
      ['recoveryCode', null, false],
    ],
  )
  assert.deepEqual(list[0].lastUsed, { imap: '2026-11-26T00:00:00Z' })
  assert.deepEqual(notFound, [])
  const some = await client.call('KeySlot/get', { ids: [list[1].id, 'kx'], properties: ['kind'] })
  assert.deepEqual(some.list, [{ id: list[1].id, kind: 'recoveryCode' }])
  assert.deepEqual([some.notFound, some.state], [['kx'], state])
})

test('one is made by the owner’s password, shown once, and revoked', async () => {
  const client = newClient()
  const before = await client.call('KeySlot/get', { ids: null })
  const expires = '2027-11-26T00:00:00Z'
  const made = await client.call('KeySlot/set', { ownerPassword: OWNER_PASSWORD, create: { c: { ...phone, expires } } })
  assert.equal(made.oldState, before.state)
  const { id, password, login } = made.created.c
  assert.deepEqual([password, login], ['abcd-efgh-jkmn-pqrs-tuvw', 'owner@example.org'])
  const { list, state } = await client.call('KeySlot/get', { ids: [id] })
  assert.equal(state, made.newState)
  const { label, protocols, access, isExpired, expires: until } = list[0]
  assert.deepEqual([label, protocols, access, until, isExpired], ['Phone', phone.protocols, 'full', expires, false])
  assert.ok(!JSON.stringify(list).includes(password))

  const gone = await client.call('KeySlot/set', { ownerPassword: OWNER_PASSWORD, destroy: [id, 'kx'] })
  assert.deepEqual(gone.destroyed, [id])
  assert.deepEqual(gone.notDestroyed, { kx: { type: 'notFound' } })
  // Others are not revoked like this.
  const [owner] = before.list
  const kept = await client.call('KeySlot/set', { ownerPassword: OWNER_PASSWORD, destroy: [owner.id] })
  assert.deepEqual(kept.notDestroyed, { [owner.id]: { type: 'notFound' } })
})

test('not without the owner’s password, and not for ever', async () => {
  const client = newClient()
  const create = { c: phone }
  assert.equal((await client.error('KeySlot/set', { create })).type, 'invalidArguments')
  for (let tries = 0; tries < 20; tries++) {
    assert.equal((await client.error('KeySlot/set', { ownerPassword: 'a guess', create })).type, 'wrongPassword')
  }
  assert.equal((await client.error('KeySlot/set', { ownerPassword: 'a guess', create })).type, 'rateLimit')
  assert.equal((await client.call('KeySlot/get', { ids: null })).list.length, 2)
})

test('what cannot be one', async () => {
  const client = newClient()
  for (const [changed, property] of [
    [{ label: '' }, 'label'],
    [{ label: 1 }, 'label'],
    [{ protocols: [] }, 'protocols'],
    [{ protocols: ['smtp'] }, 'protocols'],
    [{ access: 'readOnly' }, 'protocols'],
    [{ access: 'none' }, 'access'],
    [{ expires: '2020-01-01T00:00:00Z' }, 'expires'],
    [{ expires: 'soon' }, 'expires'],
    [{ kind: 'password' }, 'kind'],
    [{ extra: 1 }, 'extra'],
  ] as const) {
    const create = { c: { ...phone, ...changed } }
    const { notCreated } = await client.call('KeySlot/set', { ownerPassword: OWNER_PASSWORD, create })
    assert.deepEqual(notCreated.c, { type: 'invalidProperties', properties: [property] }, JSON.stringify(changed))
  }
  const update = { kx: { label: 'Other' } }
  const { notUpdated } = await client.call('KeySlot/set', { ownerPassword: OWNER_PASSWORD, update })
  assert.equal(notUpdated.kx.type, 'forbidden')
  client.host.keys.slotsMax = 2
  const { notCreated } = await client.call('KeySlot/set', { ownerPassword: OWNER_PASSWORD, create: { c: phone } })
  assert.equal(notCreated.c.type, 'overQuota')
})

test('the owner’s password is changed by the owner’s password', async () => {
  const client = newClient()
  const args = { ownerPassword: OWNER_PASSWORD, newPassword: 'another' }
  assert.equal(
    (await client.error('KeySlot/changePassword', { ...args, ownerPassword: 'a guess' })).type,
    'wrongPassword',
  )
  for (const newPassword of ['', 'x'.repeat(1_025)]) {
    assert.equal((await client.error('KeySlot/changePassword', { ...args, newPassword })).type, 'invalidArguments')
  }
  await client.call('KeySlot/changePassword', args)
  assert.equal((await client.error('KeySlot/changePassword', args)).type, 'wrongPassword')
})

const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const answered = {
  kind: 'passkey',
  label: 'Security key',
  challenge: base64url('c'.repeat(32)),
  proofChallenge: base64url('p'.repeat(32)),
  attestation: { clientDataJSON: base64url('created'), attestationObject: base64url('attested') },
  proof: { clientDataJSON: base64url('used'), authenticatorData: base64url('data'), signature: base64url('signed') },
  prf: base64url('s'.repeat(32)),
}

test('a passkey is asked for and made by the owner’s password, and revoked', async () => {
  const client = newClient()
  assert.equal((await client.error('KeySlot/beginPasskey', { ownerPassword: 'a guess' })).type, 'wrongPassword')
  const request = await client.call('KeySlot/beginPasskey', { ownerPassword: OWNER_PASSWORD })
  assert.deepEqual(
    [request.userName, request.excludeCredentials, Buffer.from(request.challenge, 'base64url').length],
    ['owner@example.org', ['BAU'], 32],
  )
  const create = { c: answered }
  assert.equal((await client.error('KeySlot/set', { ownerPassword: 'a guess', create })).type, 'wrongPassword')
  const made = await client.call('KeySlot/set', { ownerPassword: OWNER_PASSWORD, create })
  const { id, host, isSynced, password } = made.created.c
  assert.deepEqual([host, isSynced, password], ['mail.example.org', true, undefined])
  const [came] = client.host.keys.passkeys
  assert.deepEqual(
    [came?.label, String(came?.challenge), String(came?.proof.signature), String(came?.prf)],
    ['Security key', 'c'.repeat(32), 'signed', 's'.repeat(32)],
  )
  const { list } = await client.call('KeySlot/get', { ids: [id] })
  assert.deepEqual([list[0].kind, list[0].label], ['passkey', 'Security key'])
  assert.ok(!JSON.stringify([made, list]).includes(answered.prf))
  const gone = await client.call('KeySlot/set', { ownerPassword: OWNER_PASSWORD, destroy: [id] })
  assert.deepEqual(gone.destroyed, [id])
})

test('what is no passkey', async () => {
  const client = newClient()
  const notCreated = async (changed: object): Promise<Any> => {
    const create = { c: { ...answered, ...changed } }
    return (await client.call('KeySlot/set', { ownerPassword: OWNER_PASSWORD, create })).notCreated.c
  }
  for (const [changed, property] of [
    [{ label: '' }, 'label'],
    [{ label: 'two\nlines' }, 'label'],
    [{ prf: base64url('s'.repeat(33)) }, 'prf'],
    [{ prf: 'no base 64!' }, 'prf'],
    [{ challenge: 1 }, 'challenge'],
    [{ attestation: { clientDataJSON: base64url('created') } }, 'attestation'],
    [{ proof: { ...answered.proof, signature: base64url('x'.repeat(5_000)) } }, 'proof'],
    [{ expires: null }, 'expires'],
  ] as const) {
    assert.deepEqual(await notCreated(changed), { type: 'invalidProperties', properties: [property] })
  }
  const why = 'It makes no sense.'
  const refused = await notCreated({ proof: { ...answered.proof, clientDataJSON: base64url(why) } })
  assert.deepEqual(refused, { type: 'forbidden', description: why })
  client.host.keys.slotsMax = 2
  assert.equal((await notCreated({})).type, 'overQuota')
})
