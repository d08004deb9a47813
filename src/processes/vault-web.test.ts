import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { TestKeys } from '#jmap/test-keys.test-support.ts'
import { type Clock, systemClock } from '#platform/clock.ts'
import { Log } from '#platform/log.ts'
import { decode } from '#base/codec.ts'
import { encodeFrame } from '#protocol/frame.ts'
import { TestConnection } from '#protocol/test-connection.test-support.ts'
import { type WebResponse, webGateSide } from '#protocol/vault-web.ts'
import { Admission } from '#unlock/admission.ts'
import type { UnlockedAccount } from '#unlock/unlocked-account.ts'
import type { UnlockedAccounts } from '#unlock/unlocked-accounts.ts'
import { UseNotes } from '#unlock/use-notes.ts'
import { VaultWeb } from './vault-web.ts'

const ID = 'a'.repeat(32) as AccountId

const request = encodeFrame(webGateSide.outgoing, {
  kind: 'jmap',
  credential: { kind: 'password', login: Buffer.from('ann'), password: Buffer.from('p') },
  call: { kind: 'api' },
})

/** A vault with one account, which is opened when the test says so. */
class TestVault {
  readonly opening = Promise.withResolvers<void>()
  readonly #due: (() => void)[] = []
  readonly admission = new Admission({ slot: 'a1', scope: null }, systemClock, () => undefined)
  leases = 0
  /** What the authenticator of a passkey counts. */
  counter = 0
  refusedCounters = 0
  readonly web: VaultWeb

  constructor() {
    const clock: Clock = {
      now: () => 0,
      monotonic: () => 0,
      after: (_, action) => {
        this.#due.push(action)
        return { cancel: () => void this.#due.splice(this.#due.indexOf(action), 1) }
      },
    }
    const unlocked = { id: ID, address: 'ann@example.org' } as UnlockedAccount
    const { admission } = this
    const accounts = {
      login: () => Promise.resolve({ unlocked, admission }),
      refuseCounter: () => this.refusedCounters++,
      lease: async () => {
        await this.opening.promise
        this.leases++
        return { account: new MemoryAccount(), [Symbol.dispose]: () => void this.leases-- }
      },
    } as unknown as UnlockedAccounts
    this.web = new VaultWeb({
      accounts,
      notes: new UseNotes({ clock, fault: (error) => assert.fail(error as Error) }),
      keys: () => new TestKeys(),
      clock,
      log: new Log('vault', 'error'),
      number: 0,
      idleMs: 1_000,
      messageBytesMax: 1_000_000,
      facts: () => Promise.resolve({ account: ID, address: 'ann@example.org', salt: Buffer.alloc(32) }),
      addresses: () => Promise.resolve(['ann@example.org']),
      passkey: () => Promise.resolve({ unlocked, admission, counter: this.counter }),
      recovery: () => null,
      submit: () => Promise.reject(new Error('nothing is sent')),
    })
  }

  /** Lets pass whatever time somebody waits for. */
  async pass(): Promise<void> {
    for (let rounds = 0; rounds < 5; rounds++) {
      await new Promise((resolve) => setImmediate(resolve))
      for (const action of this.#due.splice(0)) action()
    }
  }
}

test('a client that goes while its account is opened does not keep it open', async () => {
  const vault = new TestVault()
  const connection = new TestConnection()
  vault.web.accept(connection)
  const received = connection.receive(Buffer.from(request))
  await new Promise((resolve) => setImmediate(resolve))
  connection.destroy()
  vault.opening.resolve()
  await received
  assert.equal(vault.leases, 1)
  await vault.pass()
  assert.equal(vault.leases, 0)
  assert.equal(vault.web.connections, 0)
})

test('one that stays keeps it until it goes', async () => {
  const vault = new TestVault()
  vault.opening.resolve()
  const connection = new TestConnection()
  vault.web.accept(connection)
  await connection.receive(Buffer.from(request))
  await vault.pass()
  assert.equal(vault.leases, 1)
  connection.destroy()
  await vault.pass()
  assert.equal(vault.leases, 0)
})

test('a request whose app password is revoked is cut off, and gives the account back', async () => {
  const vault = new TestVault()
  vault.opening.resolve()
  const connection = new TestConnection()
  vault.web.accept(connection)
  await connection.receive(Buffer.from(request))
  assert.equal(vault.leases, 1)
  vault.admission.end('revoked')
  await vault.pass()
  assert(connection.isDestroyed)
  assert.equal(vault.leases, 0)
})

/** What a vault answers to a login by a passkey. */
async function passkeyLogin(vault: TestVault): Promise<WebResponse> {
  const connection = new TestConnection()
  vault.web.accept(connection)
  const bytes = Buffer.alloc(32)
  const login = { kind: 'passkeyLogin', account: Buffer.alloc(16), credentialId: bytes, challenge: bytes } as const
  const said = { clientData: bytes, authenticatorData: bytes, signature: bytes, prf: bytes }
  const request = encodeFrame(webGateSide.outgoing, { ...login, ...said, remote: '192.0.2.1', isTls: true })
  await connection.receive(Buffer.from(request))
  const answer = decode(webGateSide.incoming, connection.written.subarray(4))
  assert.ok(answer.ok)
  connection.destroy()
  return answer.value
}

test('a passkey begins a session, but for one whose authenticator has counted less than before', async () => {
  const vault = new TestVault()
  vault.opening.resolve()
  const kinds: string[] = []
  for (const counter of [0, 0, 7, 7, 3, 0, 8]) {
    vault.counter = counter
    const { kind } = await passkeyLogin(vault)
    kinds.push(kind)
  }
  const [begun, refused] = ['token', 'counterBehind']
  assert.deepEqual(kinds, [begun, begun, begun, refused, refused, refused, begun])
  assert.equal(vault.refusedCounters, 3)
})
