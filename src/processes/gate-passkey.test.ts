import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LoginThrottle } from '#gate/login-throttle.ts'
import { type Clock, systemClock } from '#platform/clock.ts'
import { Log } from '#platform/log.ts'
import { encodeFrame } from '#protocol/frame.ts'
import { TestConnection } from '#protocol/test-connection.test-support.ts'
import { type WebResponse, webVaultSide } from '#protocol/vault-web.ts'
import { Challenges } from '#webauthn/challenges.ts'
import { type PasskeyOutcome, logInByPasskey, parsePasskeyLogin, passkeyChallenge } from './gate-passkey.ts'

const client = { remote: '192.0.2.1', isTls: true }
const bytes = (length: number): string => Buffer.alloc(length, 1).toString('base64url')
const good = {
  credentialId: bytes(20),
  challenge: bytes(32),
  userHandle: bytes(16),
  clientDataJSON: bytes(100),
  authenticatorData: bytes(37),
  signature: bytes(70),
  prf: bytes(32),
}

const parse = (value: unknown): ReturnType<typeof parsePasskeyLogin> =>
  parsePasskeyLogin(Buffer.from(JSON.stringify(value)))

test('what a browser brings is seven fields of their lengths, and nothing else', () => {
  const parsed = parse(good)
  assert.deepEqual([parsed?.account.length, parsed?.prf.length, parsed?.clientData.length], [16, 32, 100])
  const wrong: unknown[] = [null, 1, [], 'x', {}, { ...good, extra: bytes(1) }, [good]]
  for (const [name, changed] of [
    ['prf', bytes(31)],
    ['prf', bytes(33)],
    ['challenge', bytes(0)],
    ['userHandle', bytes(64)],
    ['credentialId', ''],
    ['credentialId', bytes(1_024)],
    ['signature', bytes(513)],
    ['clientDataJSON', bytes(4_097)],
    ['authenticatorData', 7],
    ['prf', `${bytes(32)}=`],
    ['prf', null],
  ] as const) {
    wrong.push({ ...good, [name]: changed })
  }
  for (const value of wrong) assert.equal(parse(value), null, JSON.stringify(value)?.slice(0, 80))
  assert.equal(parsePasskeyLogin(Buffer.from('{"prf":')), null)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (body) => void parsePasskeyLogin(body)))
})

class TestGate {
  nowMs = 0
  readonly #clock: Clock = { ...systemClock, monotonic: () => this.nowMs }
  readonly asked: number[] = []
  readonly parts = {
    log: new Log('gate', 'error'),
    throttle: new LoginThrottle(this.#clock),
    challenges: new Challenges(this.#clock),
    vaults: 4,
    vault: (number: number) => {
      this.asked.push(number)
      return Promise.resolve(this.answer === null ? null : vaultThatSays(this.answer))
    },
  }
  answer: WebResponse | null = { kind: 'refused' }

  challenge(): string {
    return passkeyChallenge(this.parts, client.remote).challenge
  }

  logIn(challenge: string): Promise<PasskeyOutcome> {
    return logInByPasskey(this.parts, Buffer.from(JSON.stringify({ ...good, challenge })), client)
  }
}

function vaultThatSays(answer: WebResponse): TestConnection {
  const vault = new TestConnection()
  setImmediate(() => void vault.receive(Buffer.from(encodeFrame(webVaultSide.outgoing, answer))))
  return vault
}

test('a challenge is for one login, whatever comes of it', async () => {
  const gate = new TestGate()
  const challenge = gate.challenge()
  assert.equal((await gate.logIn(challenge)).kind, 'refused')
  assert.equal((await gate.logIn(challenge)).kind, 'expired')
  assert.equal((await gate.logIn(bytes(32))).kind, 'expired')
  const late = gate.challenge()
  gate.nowMs += 300_000
  assert.equal((await gate.logIn(late)).kind, 'expired')
  // The account's vault, as the directory has it.
  assert.deepEqual(gate.asked, [0x01010101 % 4])
  gate.answer = { kind: 'token', token: 't', address: 'ada@example.org' }
  assert.deepEqual(await gate.logIn(gate.challenge()), gate.answer)
  gate.answer = { kind: 'counterBehind' }
  assert.equal((await gate.logIn(gate.challenge())).kind, 'counterBehind')
})

test('where no vault has decided, the same is good once more', async () => {
  const gate = new TestGate()
  const challenge = gate.challenge()
  gate.answer = { kind: 'rebuilding', percent: 10, secondsLeft: null }
  assert.equal((await gate.logIn(challenge)).kind, 'rebuilding')
  gate.answer = { kind: 'unavailable' }
  assert.equal((await gate.logIn(challenge)).kind, 'unavailable')
  gate.answer = null
  assert.equal((await gate.logIn(challenge)).kind, 'unavailable')
  gate.answer = { kind: 'token', token: 't', address: 'ada@example.org' }
  assert.equal((await gate.logIn(challenge)).kind, 'token')
  assert.equal((await gate.logIn(challenge)).kind, 'expired')
})

test('who fails again and again is sent away', async () => {
  const gate = new TestGate()
  let outcome = 'refused'
  let tries = 0
  // Waiting is not worth a test: the clock goes on by itself.
  for (; outcome === 'refused' && tries < 3; tries++) outcome = (await gate.logIn(gate.challenge())).kind
  assert.equal(tries, 3)
  for (let more = 0; more < 200; more++) {
    gate.parts.throttle.attempt(Buffer.alloc(16, 1), 'c0000201').failed()
  }
  assert.equal((await gate.logIn(gate.challenge())).kind, 'unavailable')
})
