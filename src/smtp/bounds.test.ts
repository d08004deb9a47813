import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SmtpLimits } from './limits.ts'
import { ENVELOPE, TestClient } from './memory-host.test-support.ts'

const ACCEPTED = /^250 2\.0\.0 Accepted as m[0-9]+\r\n$/

async function inData(limits: Partial<SmtpLimits>): Promise<TestClient> {
  const client = new TestClient({ limits })
  await client.say(`${ENVELOPE}DATA\r\n`)
  return client
}

const hops = (count: number, field = 'Received: from x\r\n\tby y'): string => `${field}\r\n`.repeat(count)

const noopOf = (length: number): string => `${'NOOP '.padEnd(length - 2, 'x')}\r\n`

test('RFC 1870 §6.1: a message over the limit is refused at its end, and the session goes on', async () => {
  const exact = await inData({ messageBytesMax: 10 })
  // Dots that are stuffed in do not count.
  assert.match(await exact.say('..234567\r\n.\r\n'), ACCEPTED)
  const over = await inData({ messageBytesMax: 8 })
  assert.equal(
    await over.say('123456789\r\n.\r\nNOOP\r\n'),
    '552 5.3.4 The message is longer than 8 bytes\r\n250 2.0.0 Done\r\n',
  )
  assert.deepEqual([over.host.arrived.length, over.host.aborted, over.host.hasEnded], [0, 1, false])
})

test('a message that goes on and on ends the session', async () => {
  const client = await inData({ messageBytesMax: 8, discardedBytesMax: 1_000 })
  assert.equal(await client.say('x'.repeat(1_000)), '')
  assert.equal(await client.say('xx\r\n.\r\n'), '552 5.3.4 The message is longer than 8 bytes\r\n')
  assert(client.host.hasEnded)
})

test('a header over its bound is refused, a long body is not', async () => {
  const long = await inData({ headerBytesMax: 100 })
  assert.equal(
    await long.say(`Subject: ${'x'.repeat(100)}\r\n\r\n.\r\n`),
    '552 5.3.4 The header is longer than 100 bytes\r\n',
  )
  const body = await inData({ headerBytesMax: 100 })
  assert.match(await body.say(`Subject: x\r\n\r\n${'x'.repeat(100_000)}\r\n.\r\n`), ACCEPTED)
})

test('RFC 5321 §6.3: a message that has gone through too many hops is in a loop', async () => {
  for (const [message, isLoop] of [
    [`${hops(100)}\r\n`, false],
    [`${hops(101)}\r\n`, true],
    [`${hops(101, 'RECEIVED :')}\r\n`, true],
    [`${hops(101, 'Received-SPF: pass')}\r\n`, false],
    [`${hops(101, 'X-Received: x')}\r\n`, false],
    [`${hops(101, 'Subject: x\r\n Received: y')}\r\n`, false],
    [`${hops(100)}\r\n${hops(100)}`, false],
    [`Received\r\n${hops(100)}\r\n`, false],
  ] as const) {
    const client = await inData({})
    const reply = await client.say(`${message}.\r\n`, [1, 20, 333])
    if (isLoop) assert.equal(reply, '554 5.4.6 The message has gone through too many hops: a mail loop\r\n')
    else assert.match(reply, ACCEPTED)
    assert.deepEqual(client.host.events, isLoop ? ['mailLoop'] : [])
  }
})

test('RFC 5321 §4.5.3.1.4: long commands are refused, up to their end', async () => {
  const client = new TestClient()
  assert.equal(await client.say(noopOf(512)), '250 2.0.0 Done\r\n')
  assert.equal(await client.say(noopOf(513) + noopOf(5_000)), '500 5.5.2 The command is too long\r\n'.repeat(2))
  await client.say('EHLO c\r\n')
  const long = `MAIL FROM:<${`@${'r'.repeat(60)}.example,`.repeat(20).slice(0, -1)}:a@example.net>\r\n`
  assert.equal(await client.say(long), '250 2.1.0 Sender accepted\r\n')
  await client.say('RSET\r\n')
  assert.equal(
    await client.say(long.replace('MAIL FROM:<', `MAIL FROM:<@${'r'.repeat(900)},`)),
    '500 5.5.2 The command is too long\r\n',
  )
})

test('RFC 5321 §4.5.3.1.10: too many recipients are for another transaction', async () => {
  const client = new TestClient({ limits: { recipientsMax: 2 } })
  await client.say(ENVELOPE)
  assert.deepEqual(await client.codes('RCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n.\r\n'), [
    '250',
    '452',
    '354',
    '250',
  ])
  assert.equal(client.host.arrived[0]?.transaction.recipients.length, 2)
})

test('RFC 9422: MAILMAX transactions', async () => {
  const client = new TestClient({ limits: { transactionsMax: 2 } })
  assert.match(await client.say('EHLO c\r\n'), /LIMITS MAILMAX=2 RCPTMAX=500/)
  assert.deepEqual(await client.codes('MAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\nNOOP\r\n'), [
    '250', '250', '250', '250', '421',
  ]) // prettier-ignore
  assert(client.host.hasEnded)
})

test('mistakes are answered slowly, then no more', async () => {
  const client = new TestClient({ limits: { errorsUndelayed: 2, errorsMax: 4, errorDelayMs: 7 } })
  await client.engine.receive(Buffer.from('NOOP\r\nX\r\nX\r\nX\r\n'))
  assert.deepEqual(client.host.delays, [7])
  // What was ready before the delay does not wait for it.
  assert.deepEqual(
    client.host.sent.map((piece) => piece.match(/^[0-9]+ /gm)),
    [['250 ', '500 ', '500 '], ['500 ']],
  )
  assert.match(await client.say('X\r\nNOOP\r\n'), /500 .*\r\n421 4\.7\.0 Too many errors\r\n$/)
  assert(client.host.hasEnded)
  assert.deepEqual(client.host.events, ['tooManyErrors'])
})

test('an accepted message forgives mistakes', async () => {
  const client = new TestClient({ limits: { errorsMax: 3 } })
  for (let round = 0; round < 5; round++) await client.say(`X\r\nX\r\n${ENVELOPE}DATA\r\n.\r\n`)
  assert.equal(client.host.arrived.length, 5)
})

test('a search for addresses is answered slowly, then no more; the recipients of a long list are not', async () => {
  const client = new TestClient({ limits: { errorsUndelayed: 3, refusedRecipientsMax: 6 } })
  await client.say(ENVELOPE)
  const codes = await client.codes('RCPT TO:<nobody@example.org>\r\n'.repeat(10))
  assert.deepEqual(codes, ['550', '550', '550', '550', '550', '550', '421'])
  assert.equal(client.host.delays.length, 3)
  const list = new TestClient()
  await list.say(ENVELOPE)
  assert.deepEqual(new Set(await list.codes('RCPT TO:<a@example.org>\r\n'.repeat(499))), new Set(['250']))
  assert.deepEqual(list.host.delays, [])
})

test('commands without a message are bounded', async () => {
  const client = new TestClient({ limits: { fruitlessCommandsMax: 5 } })
  assert.deepEqual(await client.codes('NOOP\r\n'.repeat(9)), ['250', '250', '250', '250', '250', '421'])
  assert.deepEqual(client.host.events, ['tooManyCommands'])
  const busy = new TestClient({ limits: { fruitlessCommandsMax: 5 } })
  for (let round = 0; round < 9; round++) await busy.say(`${ENVELOPE}DATA\r\n.\r\n`)
  assert.equal(busy.host.arrived.length, 9)
})

test('RFC 5321 §4.5.3.2: silence', async () => {
  const client = new TestClient()
  assert.equal(client.engine.timeoutMs, 300_000)
  await client.say(`${ENVELOPE}DATA\r\nSubject`)
  assert.equal(client.engine.timeoutMs, 180_000)
  client.engine.expire()
  assert.equal(client.take(), '421 4.4.2 That took too long\r\n')
  assert.deepEqual([client.host.hasEnded, client.host.aborted, client.host.events], [true, 1, ['timeout']])
})

test('a byte now and then does not stretch the time that a command may take', async () => {
  const client = new TestClient()
  for (const byte of 'NOOP') {
    client.host.clock += 100_000
    await client.say(byte)
  }
  assert(client.host.hasEnded)
  const message = await inData({ contentGraceMs: 10_000, contentBytesPerSecondMin: 100 })
  for (let second = 0; second < 1_000; second++) {
    message.host.clock += 1_000
    await message.say('x'.repeat(98) + '\r\n')
  }
  assert(!message.host.hasEnded)
  for (let second = 0; second < 11; second++) {
    message.host.clock += 1_000
    await message.say('x')
  }
  assert(message.host.hasEnded)
})

test('our own slowness is not held against the client', async () => {
  const client = new TestClient()
  const answer = client.host.checkRecipient.bind(client.host)
  client.host.checkRecipient = (address, transaction) => {
    client.host.clock += 1_000_000
    return answer(address, transaction)
  }
  assert.deepEqual(await client.codes(ENVELOPE), ['250', '250', '250'])
  assert.deepEqual(await client.codes('NOOP\r\n'), ['250'])
})

test('a client that does not read is waited for, and no more is read from it meanwhile', async () => {
  const client = new TestClient()
  const { promise, resolve } = Promise.withResolvers<void>()
  client.host.send = (() => promise) as unknown as typeof client.host.send
  let isDone = false
  const running = Promise.resolve(client.engine.receive(Buffer.from('NOOP\r\n'))).then(() => (isDone = true))
  await client.host.pause()
  assert(!isDone)
  client.engine.expire()
  resolve()
  await running
  assert(client.host.hasEnded)
})

test('a large message goes through as views of what came, in bounded memory', async () => {
  const chunk = Buffer.from('0123456789abcdef0123456789abcdef0123456789abcdef01234567890\r\n..\r\n'.repeat(1_000))
  const copy = Buffer.from(chunk)
  let bytes = 0
  let isView = true
  const big = new TestClient({ limits: { messageBytesMax: 1 << 30 } })
  big.host.openMessage = () => ({
    write(content) {
      bytes += content.length
      isView &&= content.buffer === copy.buffer
      return null
    },
    commit: () => ({ kind: 'accepted', id: 'big' }),
    abort() {},
  })
  await big.say(`${ENVELOPE}DATA\r\n\r\n`)
  isView = true
  const rounds = 2_000
  for (let round = 0; round < rounds; round++) {
    chunk.copy(copy)
    await big.engine.receive(copy)
  }
  assert(isView)
  assert.equal(await big.say('.\r\n'), '250 2.0.0 Accepted as big\r\n')
  assert.equal(bytes, 2 + rounds * (chunk.length - 1_000))
})
