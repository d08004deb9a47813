import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LoginThrottle } from '#gate/login-throttle.ts'
import { Log } from '#platform/log.ts'
import type { TlsContext } from '#platform/net.ts'
import { TestConnection } from '#protocol/test-connection.test-support.ts'
import type { SessionProtocol } from '#protocol/vault.ts'
import { ConnectionLimits } from './connection-limits.ts'
import { GateSession, type GateSessionParts } from './gate-session.ts'
import { IdleWipe } from './idle-wipe.ts'

const PER_ADDRESS_MAX = 2
const STRANGER = '192.0.2.7'
const GREETINGS: Readonly<Record<SessionProtocol, RegExp>> = {
  imap: /^\* OK /,
  pop3: /^\+OK /,
  submission: /^220 /,
  managesieve: /^"IMPLEMENTATION" [^]*\r\nOK /,
}

/** A gate without a network, whose clock stands still until it is moved. */
class TestGate {
  nowMs = 0
  readonly sessions = new Set<GateSession>()
  readonly #clock = {
    now: () => this.nowMs,
    monotonic: () => this.nowMs,
    after: () => ({ cancel: () => undefined }),
  }
  readonly #parts: GateSessionParts = {
    clock: this.#clock,
    log: new Log('gate', 'error'),
    hostname: 'mail.example.org',
    tls: {} as TlsContext,
    throttle: new LoginThrottle(this.#clock),
    limits: new ConnectionLimits(PER_ADDRESS_MAX),
    smtpLimits: {},
    wiping: new IdleWipe(this.#clock),
    vaultFor: () => Promise.resolve(null),
  }

  async accept(protocol: SessionProtocol, address = STRANGER, implicitTls = false): Promise<TestConnection> {
    const connection = new TestConnection(address)
    const session = new GateSession(this.#parts, protocol, connection, () => this.sessions.delete(session))
    this.sessions.add(session)
    await session.begin(implicitTls)
    return connection
  }
}

const REFUSALS: Readonly<Record<SessionProtocol, string>> = {
  imap: '* BYE Too many connections from your address\r\n',
  pop3: '-ERR [SYS/TEMP] Too many connections from your address\r\n',
  submission: '421 4.7.0 Too many connections from your address\r\n',
  managesieve: 'BYE (TRYLATER) "Too many connections from your address"\r\n',
}

for (const protocol of ['imap', 'pop3', 'submission', 'managesieve'] as const) {
  test(`${protocol}: one connection too many from an address is told so, and its place is free when another goes`, async () => {
    const gate = new TestGate()
    const first = await gate.accept(protocol)
    await gate.accept(protocol)
    const refused = await gate.accept(protocol)
    assert.equal(refused.written.toString(), REFUSALS[protocol])
    assert(refused.isDestroyed)
    assert.match((await gate.accept(protocol, '192.0.2.8')).written.toString(), GREETINGS[protocol])
    first.destroy()
    assert.match((await gate.accept(protocol)).written.toString(), GREETINGS[protocol])
    assert.equal(gate.sessions.size, 3)
  })

  test(`${protocol}: a byte now and then does not keep a connection before login for ever`, async () => {
    const gate = new TestGate()
    const connection = await gate.accept(protocol)
    let bytes = 0
    for (; !connection.isDestroyed && bytes < 1_000; bytes++) {
      gate.nowMs += 50_000
      await connection.receive(Buffer.from('a'))
    }
    assert(bytes < 10, `${bytes} bytes were waited for`)
    assert.equal(gate.sessions.size, 0)
  })
}

test('where TLS comes first, no handshake is made with one too many', async () => {
  const gate = new TestGate()
  await gate.accept('imap')
  await gate.accept('imap')
  const refused = await gate.accept('imap', STRANGER, true)
  assert(refused.isDestroyed)
  assert.equal(refused.written.length, 0)
})

test('a login that the vault cannot be asked about is not a wrong password', async () => {
  const gate = new TestGate()
  const connection = await gate.accept('imap', '127.0.0.1')
  await connection.receive(Buffer.from('a LOGIN ann@example.org secret\r\n'))
  assert.match(connection.written.toString(), /\r\na NO \[UNAVAILABLE\] /)
  assert(!connection.isDestroyed)
})
