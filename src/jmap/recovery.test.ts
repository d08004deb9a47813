// Ways back into the account over JMAP (docs/formats/jmap-recovery.md): what the client sends and sees. What the server makes of it is tested where it is done.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { makeFixture } from '#account/account-fixture.ts'
import type { RecoveryDenial, RecoveryHost, RecoveryState } from './recovery-host.ts'
import { type Any, CORE, TestClient } from './test-client.test-support.ts'

const RECOVERY = 'urn:mailkeep:recovery'
const HOUR = 3_600_000
const CREATED = Date.UTC(2026, 0, 2)

class FakeRecovery implements RecoveryHost {
  readonly asked: unknown[] = []
  denial: RecoveryDenial | null = null
  state: RecoveryState = {
    identity: 'hybrid',
    code: { created: CREATED, drilled: null, isDue: true },
    shares: { created: CREATED, drilled: CREATED + HOUR, isDue: false, threshold: 2, contacts: ['Ann', 'Bo'] },
    escrow: { recipient: 'age1x', created: CREATED },
    uses: [{ at: CREATED + HOUR, requested: CREATED }],
    offer: { recipient: 'age1x', delayMs: 72 * HOUR },
    request: { requested: CREATED, delayMs: 72 * HOUR, leftMs: 1, state: 'waiting' },
  }

  report(): ReturnType<RecoveryHost['report']> {
    return Promise.resolve(this.denial ?? this.state)
  }

  newCode(password: Uint8Array): ReturnType<RecoveryHost['newCode']> {
    return this.#answer({ kind: 'code', code: 'CODE' } as const, password)
  }

  issueShares(password: Uint8Array, ...rest: [number, readonly string[]]): ReturnType<RecoveryHost['issueShares']> {
    return this.#answer(
      { kind: 'shares', shares: [{ number: 1, contact: 'Ann', text: '04' }] } as const,
      password,
      ...rest,
    )
  }

  revokeShares(password: Uint8Array): ReturnType<RecoveryHost['revokeShares']> {
    return this.#answer({ kind: 'done' } as const, password)
  }

  setSecurity(password: Uint8Array, level: 'high' | 'low'): ReturnType<RecoveryHost['setSecurity']> {
    return this.#answer({ kind: 'done' } as const, password, level)
  }

  drill(means: unknown): ReturnType<RecoveryHost['drill']> {
    const drilled = {
      kind: 'drilled',
      identity: 'hybrid',
      by: 'shares',
      created: CREATED,
      at: CREATED,
      note: null,
    } as const
    return this.#answer(drilled, means)
  }

  refuseEscrow(): ReturnType<RecoveryHost['refuseEscrow']> {
    return this.#answer({ kind: 'done' } as const)
  }

  #answer<T>(answer: T, ...asked: unknown[]): Promise<T | RecoveryDenial> {
    this.asked.push(...asked.map((one) => (one instanceof Uint8Array ? Buffer.from(one).toString() : one)))
    return Promise.resolve(this.denial ?? answer)
  }
}

test('what is there, what is done, and what is refused', async (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-jmap-'))
  const made = await makeFixture(directory, { quick: true })
  const account = await made.open()
  const client = new TestClient(account)
  t.after(async () => {
    client.engine[Symbol.dispose]()
    await account.close()
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  assert.equal((await client.error('Recovery/get')).type, 'unknownMethod')
  client.using = [CORE, RECOVERY]
  assert.equal((await client.error('Recovery/get')).type, 'serverUnavailable')
  const host = new FakeRecovery()
  client.host.recovery = host

  assert.deepEqual(await client.call('Recovery/get'), {
    accountId: client.accountId,
    mailIdentity: 'hybrid',
    recoveryCode: { created: '2026-01-02T00:00:00.000Z', proven: null, isDue: true },
    shares: {
      created: '2026-01-02T00:00:00.000Z',
      proven: '2026-01-02T01:00:00.000Z',
      isDue: false,
      threshold: 2,
      contacts: ['Ann', 'Bo'],
    },
    security: 'low',
    escrow: { recipient: 'age1x', created: '2026-01-02T00:00:00.000Z' },
    offer: { recipient: 'age1x', delay: 259_200 },
    request: { requested: '2026-01-02T00:00:00.000Z', delay: 259_200, left: 1, state: 'waiting' },
    uses: [{ at: '2026-01-02T01:00:00.000Z', requested: '2026-01-02T00:00:00.000Z' }],
  })
  host.state = { ...host.state, code: null, shares: null, escrow: null, offer: null, request: null }
  const nothing = await client.call('Recovery/get')
  assert.deepEqual(
    [nothing.recoveryCode, nothing.shares, nothing.security, nothing.escrow, nothing.offer, nothing.request],
    [null, null, 'high', null, null, null],
  )

  const password = 'Grüße'
  assert.equal((await client.call('Recovery/newCode', { password })).recoveryCode, 'CODE')
  const contacts = ['Ann', 'Bo']
  const { shares } = await client.call('Recovery/issueShares', { password, threshold: 2, contacts })
  assert.deepEqual(shares, [{ number: 1, contact: 'Ann', text: '04' }])
  await client.call('Recovery/revokeShares', { password })
  await client.call('Recovery/setSecurity', { password, security: 'low' })
  await client.call('Recovery/refuseEscrow')
  assert.equal((await client.call('Recovery/drill', { shares: ['a', 'b'] })).by, 'shares')
  await client.call('Recovery/drill', { recoveryCode: 'c' })
  assert.deepEqual(host.asked, [
    password,
    password,
    2,
    contacts,
    password,
    password,
    'low',
    { kind: 'shares', shares: ['a', 'b'] },
    { kind: 'code', code: 'c' },
  ])

  const typeOf = async (name: string, args: object): Promise<string> => (await client.error(name, args)).type
  for (const [denial, type] of [
    [{ kind: 'wrongPassword' }, 'wrongPassword'],
    [{ kind: 'rateLimit' }, 'rateLimit'],
    [{ kind: 'unavailable' }, 'serverUnavailable'],
    [{ kind: 'cannot', why: 'Not so.' }, 'forbidden'],
    [{ kind: 'meansRefused', why: 'Not so.' }, 'meansRefused'],
  ] as const) {
    host.denial = denial
    assert.equal(await typeOf('Recovery/newCode', { password }), type)
    assert.equal(await typeOf('Recovery/get', {}), type)
  }
  const refused: Any = await client.error('Recovery/drill', { recoveryCode: 'secret' })
  assert.deepEqual(refused, { type: 'meansRefused', description: 'Not so.' })

  host.denial = null
  const asked = host.asked.length
  for (const [name, args] of [
    ['Recovery/newCode', {}],
    ['Recovery/newCode', { password: 'x'.repeat(2000) }],
    ['Recovery/issueShares', { password, threshold: 1, contacts }],
    ['Recovery/issueShares', { password, threshold: 2, contacts: ['Ann'] }],
    ['Recovery/issueShares', { password, threshold: 2, contacts: Array(17).fill('x') }],
    ['Recovery/setSecurity', { password, security: 'none' }],
    ['Recovery/drill', {}],
    ['Recovery/drill', { recoveryCode: 'x', shares: ['y'] }],
    ['Recovery/drill', { shares: [] }],
    ['Recovery/drill', { recoveryCode: 'x'.repeat(1000) }],
    ['Recovery/get', { ids: null }],
  ] as const) {
    assert.equal(await typeOf(name, args), 'invalidArguments', `${name} ${JSON.stringify(args).slice(0, 60)}`)
  }
  assert.equal(host.asked.length, asked)
})
