import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MailboxId } from '#base/ids.ts'
import type { SessionHost } from '#base/session-host.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { alarmNotice } from './alarm.ts'
import { Pop3Engine } from './engine.ts'

const INBOX = 1 as MailboxId

class Client implements SessionHost {
  readonly engine: Pop3Engine
  hasEnded = false
  readonly failures: unknown[] = []
  #output = ''

  constructor(account: MemoryAccount, isReadOnly = false) {
    this.engine = new Pop3Engine(account, this, isReadOnly)
  }

  send(bytes: Buffer): null {
    this.#output += bytes.toString('latin1')
    return null
  }

  end(): void {
    this.hasEnded = true
  }

  fail(error: unknown): void {
    this.failures.push(error)
  }

  pause(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  now(): number {
    return 0
  }

  monotonic(): number {
    return performance.now()
  }

  async say(text: string): Promise<string> {
    await this.engine.receive(Buffer.from(text, 'latin1'))
    const output = this.#output
    this.#output = ''
    return output
  }
}

function accountWith(...messages: string[]): MemoryAccount {
  const account = new MemoryAccount()
  for (const message of messages) account.deliver(Buffer.from(message, 'latin1'))
  return account
}

const A = 'Subject: a\r\n\r\none\r\n.two\r\n'
const B = 'Subject: b\r\n\r\n'

test('RFC 1939 §5, §7: what a client is told', async () => {
  const client = new Client(accountWith(A, B))
  for (const [command, reply] of [
    ['STAT', '+OK 2 39\r\n'],
    ['LIST', '+OK 2 messages\r\n1 25\r\n2 14\r\n.\r\n'],
    ['LIST 2', '+OK 2 14\r\n'],
    ['LIST 3', '-ERR There is no such message\r\n'],
    ['UIDL', '+OK 2 messages\r\n1 1000.1\r\n2 1000.2\r\n.\r\n'],
    ['uidl 1', '+OK 1 1000.1\r\n'],
    ['RETR 1', '+OK 25 octets\r\nSubject: a\r\n\r\none\r\n..two\r\n.\r\n'],
    ['RETR', '-ERR There is no such message\r\n'],
    ['RETR 0', '-ERR There is no such message\r\n'],
    ['TOP 1 1', '+OK 25 octets\r\nSubject: a\r\n\r\none\r\n.\r\n'],
    ['TOP 1 0', '+OK 25 octets\r\nSubject: a\r\n\r\n.\r\n'],
    ['TOP 1 99', '+OK 25 octets\r\nSubject: a\r\n\r\none\r\n..two\r\n.\r\n'],
    ['TOP 1', '-ERR A number of lines is expected\r\n'],
    ['NOOP', '+OK\r\n'],
    ['NOOP x', '-ERR There is no such command\r\n'],
    ['DELE 1', '+OK To be deleted\r\n'],
    ['DELE 1', '-ERR There is no such message\r\n'],
    ['RETR 1', '-ERR There is no such message\r\n'],
    ['STAT', '+OK 1 14\r\n'],
    ['LIST', '+OK 1 messages\r\n2 14\r\n.\r\n'],
    ['RSET', '+OK\r\n'],
    ['STAT', '+OK 2 39\r\n'],
    [
      'CAPA',
      '+OK\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\nIMPLEMENTATION Mailkeep\r\n.\r\n',
    ],
    ['QUIT', '+OK Goodbye\r\n'],
  ] as const) {
    assert.equal(await client.say(`${command}\r\n`), reply, command)
  }
  assert(client.hasEnded)
})

test('RFC 2449 §6.6: pipelining', async () => {
  const client = new Client(accountWith(A, B))
  assert.equal(
    await client.say('STAT\r\nDELE 2\r\nQUIT\r\nSTAT\r\n'),
    '+OK 2 39\r\n+OK To be deleted\r\n+OK Goodbye\r\n',
  )
})

test('RFC 1939 §6: deletion happens at QUIT only, as one commit; what was read is seen', async () => {
  const account = accountWith(A, B, A)
  const left = new Client(account)
  await left.say('RETR 1\r\nDELE 2\r\n')
  left.engine.close()
  const expired = new Client(account)
  await expired.say('DELE 2\r\n')
  expired.engine.expire()
  assert(expired.hasEnded)
  assert.equal(account.mailboxByPath('INBOX')?.messages, 3)
  const { commits } = account
  const client = new Client(account)
  await client.say('RETR 1\r\nRETR 2\r\nDELE 2\r\nDELE 3\r\n')
  account.deliver(Buffer.from(B))
  await client.say('QUIT\r\n')
  assert.equal(account.commits, commits + 2)
  const view = account.view(INBOX)
  assert.deepEqual([...(view?.uids.subarray(0, view.count) ?? [])], [1, 4])
  assert.equal(account.mailboxByPath('INBOX')?.unseen, 1)
})

test('a QUIT that the log refuses says so', async () => {
  const account = accountWith(A)
  const client = new Client(account)
  await client.say('DELE 1\r\n')
  account.refusal = 'unavailable'
  assert.equal(await client.say('QUIT\r\n'), '-ERR [SYS/TEMP] Nothing was deleted\r\n')
  assert.equal(account.mailboxByPath('INBOX')?.messages, 1)
})

test('a QUIT of which nobody knows whether it deleted says that', async () => {
  const account = accountWith(A)
  const client = new Client(account)
  await client.say('DELE 1\r\n')
  account.refusal = 'inDoubt'
  assert.equal(await client.say('QUIT\r\n'), '-ERR [SYS/TEMP] Some messages may not have been deleted\r\n')
})

test('a damaged message is not served, and one that another session deleted neither', async () => {
  const account = accountWith(A, B)
  account.damaged.add(1)
  const client = new Client(account)
  assert.equal(
    await client.say('RETR 1\r\n'),
    '-ERR [SYS/PERM] The message is damaged in storage: what cannot be proven is not served\r\n',
  )
  await account.commit([{ kind: 'remove', mailbox: INBOX, set: [[2, 2]] }])
  assert.equal(await client.say('RETR 2\r\n'), '-ERR [SYS/PERM] The message was deleted meanwhile\r\n')
  assert.equal(await client.say('STAT\r\n'), '+OK 2 39\r\n')
})

/** What a client makes of a multi-line reply. */
function unstuff(reply: string): string {
  const lines = reply.split('\r\n')
  assert.equal(lines.pop(), '')
  assert.equal(lines.pop(), '.')
  return lines
    .slice(1)
    .map((line) => (line.startsWith('.') ? line.slice(1) : line) + '\r\n')
    .join('')
}

test('every message comes back line by line', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('\r\n', '\n', '.', 'x', '\r\n.', 'longer text'), { maxLength: 20 }),
      async (pieces) => {
        const message = `S: x\r\n${pieces.join('')}`
        const expected = message.replaceAll(/\r?\n/g, '\r\n')
        const reply = await new Client(accountWith(message)).say('RETR 1\r\n')
        assert.equal(unstuff(reply), expected.endsWith('\r\n') ? expected : `${expected}\r\n`)
        // TOP with all lines says the same.
        const top = await new Client(accountWith(message)).say('TOP 1 999\r\n')
        assert.equal(top, reply)
      },
    ),
  )
})

test('a message of several pieces', async () => {
  const message = `Subject: x\r\n\r\n${'.0123456789abcdef\r\n'.repeat(200_000)}`
  const client = new Client(accountWith(message))
  assert.equal(unstuff(await client.say('RETR 1\r\n')), message)
  assert.equal((await client.say('TOP 1 2\r\n')).split('\r\n').length, 7)
})

test('mistakes are bounded, long lines are passed over', async () => {
  const client = new Client(accountWith())
  assert.equal(await client.say(`${'x'.repeat(3_000)}\r\nSTAT\r\n`), '-ERR The command is too long\r\n+OK 0 0\r\n')
  const reply = await client.say('FROB\r\n'.repeat(40))
  assert.equal(reply.match(/-ERR/g)?.length, 25)
  assert(client.hasEnded)
})

test('hostile bytes never throw, and chunks do not matter', async () => {
  const piece = fc.oneof(
    fc.constantFrom('RETR ', 'TOP ', 'LIST ', 'UIDL', 'DELE ', 'QUIT', 'STAT', '1', '2', ' ', '\r\n', '\n', '\r'),
    fc.string({ unit: 'binary', maxLength: 6 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
      const whole = new Client(accountWith(A, B))
      const input = Buffer.from(pieces.join('')).toString('latin1')
      const expected = await whole.say(input)
      assert.deepEqual(whole.failures, [])
      const client = new Client(accountWith(A, B))
      let output = ''
      for (const byte of input) output += await client.say(byte)
      assert.equal(output, expected)
    }),
    { numRuns: 300 },
  )
})

test('a session that may only read deletes nothing, and marks nothing as seen', async () => {
  const account = accountWith(A)
  const { modseq } = account
  const client = new Client(account, true)
  assert.match(await client.say('RETR 1\r\n'), /^\+OK/)
  assert.equal(await client.say('DELE 1\r\n'), '-ERR This password may only read: nothing is deleted\r\n')
  assert.equal(await client.say('STAT\r\n'), `+OK 1 ${A.length}\r\n`)
  assert.equal(await client.say('QUIT\r\n'), '+OK Goodbye\r\n')
  assert(client.hasEnded)
  assert.equal(account.modseq, modseq)
  assert.deepEqual(client.failures, [])
})

const ALARM = {
  kind: 'fork',
  found: Date.UTC(2026, 10, 27),
  known: { size: 123_456_789, root: 'a'.repeat(64) },
  met: { size: 123_456_790, root: 'b'.repeat(64) },
  acknowledged: null,
} as const

test('while there is an alarm nothing is deleted, and mail is read; when it is acknowledged all is as before', async () => {
  const account = accountWith(A, B)
  assert.equal(alarmNotice(account), null)
  account.integrity.alarms.push(ALARM, { ...ALARM, found: ALARM.found + 1 })
  const notice = alarmNotice(account) ?? ''
  assert.match(notice, /^ALERT: This mail store may have been tampered with\. .*\(and 1 more\)\..*docs\/operations\.md/)
  const client = new Client(account)
  const refusal = await client.say('DELE 1\r\n')
  assert.match(refusal, /^-ERR \[SYS\/PERM\] Nothing is deleted: This mail store may have been tampered with\./)
  // RFC 2449 §4.
  assert.ok(refusal.length <= 512 && notice.length < 480)
  assert.match(await client.say('RETR 1\r\n'), /^\+OK 25 octets/)
  assert.equal(await client.say('STAT\r\n'), '+OK 2 39\r\n')
  assert.equal(await client.say('QUIT\r\n'), '+OK Goodbye\r\n')
  assert.equal(account.mailboxByPath('INBOX')?.unseen, 1)
  await account.integrity.acknowledge()
  const next = new Client(account)
  assert.equal(await next.say('DELE 1\r\nQUIT\r\n'), '+OK To be deleted\r\n+OK Goodbye\r\n')
  assert.equal(account.mailboxByPath('INBOX')?.messages, 1)
})

test('an alarm between DELE and QUIT keeps what was to be deleted, and says so', async () => {
  const account = accountWith(A, B)
  const client = new Client(account)
  await client.say('RETR 2\r\nDELE 1\r\n')
  account.integrity.raise(ALARM)
  assert.match(await client.say('QUIT\r\n'), /^-ERR \[SYS\/PERM\] Nothing is deleted: /)
  assert(client.hasEnded)
  const inbox = account.mailboxByPath('INBOX')
  assert.deepEqual([inbox?.messages, inbox?.unseen], [2, 1])
})
