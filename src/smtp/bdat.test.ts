import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENVELOPE, TestClient } from './memory-host.test-support.ts'
import { refused } from './verdict.ts'

async function ready(limits: { messageBytesMax?: number; discardedBytesMax?: number } = {}): Promise<TestClient> {
  const client = new TestClient({ limits })
  await client.say(ENVELOPE)
  return client
}

const BARE = '550 5.6.0 Lines end in CRLF: a CR or LF on its own is not allowed (RFC 5321 section 2.3.8)\r\n'
const MAIL_FIRST = '503 5.5.1 MAIL first\r\n'

test('RFC 3030 §2: a message in pieces, each answered', async () => {
  const client = await ready()
  assert.equal(await client.say('BDAT 14\r\nSubject: x\r\n\r\n'), '250 2.0.0 14 bytes received\r\n')
  // Dots mean nothing, and pieces may end anywhere.
  assert.equal(
    await client.say('bdat 5\r\n.\r\n.\rBDAT 6 last\r\n\n..\r\n.'),
    '250 2.0.0 5 bytes received\r\n250 2.0.0 Accepted as m1\r\n',
  )
  assert.equal(client.host.arrived[0]?.content.toString(), 'Subject: x\r\n\r\n.\r\n.\r\n..\r\n.')
  assert.equal(await client.say('NOOP\r\n'), '250 2.0.0 Done\r\n')
})

test('a message may come in many pieces, but not in endless empty ones', async () => {
  const client = await ready()
  await client.say('BDAT 3\r\nab\r' + 'BDAT 3\r\n\na\r'.repeat(999))
  assert.equal(await client.say('BDAT 1 LAST\r\n\n'), '250 2.0.0 Accepted as m1\r\n')
  assert.equal(client.host.arrived[0]?.content.toString(), `ab\r\n${'a\r\n'.repeat(999)}`)
  await client.say(ENVELOPE)
  assert.match(await client.say('BDAT 0\r\n'.repeat(101)), /421 4\.7\.0 Too many commands without a message\r\n$/)
})

test('RFC 3030 §4.2: everything in one batch; BDAT 0 LAST ends a message', async () => {
  const client = new TestClient()
  await client.say('EHLO c\r\n')
  const envelope = 'MAIL FROM:<a@example.net>\r\nRCPT TO:<ann@example.org>\r\n'
  assert.deepEqual(await client.codes(`${envelope}BDAT 3\r\nx\r\nBDAT 0 LAST\r\n${envelope}BDAT 0 LAST\r\nQUIT\r\n`), [
    '250', '250', '250', '250', '250', '250', '250', '221',
  ]) // prettier-ignore
  assert.deepEqual(
    client.host.arrived.map(({ content }) => content.toString()),
    ['x\r\n', ''],
  )
  assert.equal(client.host.sent.length, 0)
})

test('RFC 3030 §2: pieces that are not welcome are read past', async () => {
  const client = new TestClient()
  assert.equal(await client.say('BDAT 6\r\nNOOP\r\nNOOP\r\n'), '503 5.5.1 EHLO first\r\n250 2.0.0 Done\r\n')
  await client.say('EHLO c\r\n')
  assert.equal(await client.say('BDAT 6 LAST\r\nQUIT\r\nBDAT 0\r\n'), MAIL_FIRST.repeat(2))
  await client.say('MAIL FROM:<>\r\nRCPT TO:<nobody@example.org>\r\n')
  assert.equal(await client.say('BDAT 6 LAST\r\nQUIT\r\n'), '554 5.5.1 No recipient was accepted\r\n')
  // What follows the refused piece belongs to no transaction.
  assert.equal(await client.say('BDAT 6 LAST\r\nQUIT\r\n'), MAIL_FIRST)
  client.host.opening = refused(452, '4.3.1', 'No space')
  await client.say(ENVELOPE)
  assert.equal(await client.say('BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\n'), `452 4.3.1 No space\r\n${MAIL_FIRST}`)
  assert(!client.host.hasEnded)
})

test('RFC 3030 §2: DATA and BDAT do not mix; RSET forgets the pieces', async () => {
  const client = await ready()
  await client.say('BDAT 3\r\na\r\n')
  assert.equal(await client.say('RCPT TO:<bob@example.org>\r\n'), '503 5.5.1 The message has begun already\r\n')
  assert.equal(await client.say('DATA\r\n'), '503 5.5.1 DATA and BDAT do not mix\r\n')
  assert.equal(await client.say('BDAT 3 LAST\r\nb\r\n'), MAIL_FIRST)
  await client.say(`${ENVELOPE}BDAT 3\r\na\r\nRSET\r\n`)
  assert.equal(client.host.aborted, 2)
  await client.say(ENVELOPE)
  assert.equal(await client.say('BDAT 3 LAST\r\nc\r\n'), '250 2.0.0 Accepted as m1\r\n')
  assert.equal(client.host.arrived[0]?.content.toString(), 'c\r\n')
})

test('without BINARYMIME, content is lines of text; the session goes on, because the place of the next command is certain', async () => {
  for (const [input, replies] of [
    ['BDAT 4 LAST\r\na\nb\n', BARE],
    ['BDAT 4 LAST\r\na\rb\r', BARE],
    ['BDAT 2 LAST\r\na\r', BARE],
    ['BDAT 2\r\na\rBDAT 2 LAST\r\nb\r', `250 2.0.0 2 bytes received\r\n${BARE}`],
    ['BDAT 2\r\na\nBDAT 3 LAST\r\nb\r\n', `${BARE}${MAIL_FIRST}`],
    ['BDAT 2\r\na\rBDAT 0 LAST\r\n', `250 2.0.0 2 bytes received\r\n${BARE}`],
    ['BDAT 3 LAST\r\na\0b', '550 5.6.0 The message holds a NUL, which no text may (RFC 5322 section 4)\r\n'],
  ] as const) {
    const client = await ready()
    assert.equal(await client.say(`${input}NOOP\r\n`), `${replies}250 2.0.0 Done\r\n`, JSON.stringify(input))
    assert.deepEqual([client.host.arrived.length, client.host.aborted, client.host.failures.length], [0, 1, 0])
  }
})

test('sizes: what is too big is refused at its end; what cannot be read past ends the session', async () => {
  const client = await ready({ messageBytesMax: 10, discardedBytesMax: 100 })
  assert.equal(
    await client.say(`BDAT 8\r\n12345678BDAT 3 LAST\r\n123`),
    '250 2.0.0 8 bytes received\r\n552 5.3.4 The message is longer than 10 bytes\r\n',
  )
  await client.say(ENVELOPE)
  assert.equal(
    await client.say(`BDAT 100\r\n${'x'.repeat(100)}NOOP\r\n`),
    '552 5.3.4 The message is longer than 10 bytes\r\n250 2.0.0 Done\r\n',
  )
  assert.equal(await client.say('BDAT 101\r\nNOOP\r\n'), '552 5.3.4 The message is longer than 10 bytes\r\n')
  assert(client.host.hasEnded)
  for (const malformed of [
    'BDAT',
    'BDAT -1',
    'BDAT x',
    'BDAT 1 LAST LAST',
    'BDAT 1 FIRST',
    'BDAT 1.5',
    'BDAT 0x3',
    'BDAT +3',
    'BDAT  3',
    `BDAT ${'9'.repeat(21)}`,
  ]) {
    const client = await ready()
    assert.equal(await client.say(`${malformed}\r\nNOOP\r\n`), '501 5.5.4 The command is malformed\r\n', malformed)
    assert(client.host.hasEnded)
  }
})
