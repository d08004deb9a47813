// Bytes that change their role: content that becomes commands, commands that become content, addresses that become commands, options, paths or
// headers (CRLF injection, as in CVE-2020-28026 of Exim; confusion of BDAT lengths; cross-protocol requests from a browser, as in ALPACA).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENVELOPE, TestClient } from '#smtp/memory-host.test-support.ts'

const COMMANDS = 'MAIL FROM:<forged@victim.example>\r\nRCPT TO:<ann@example.org>\r\n'

test('BDAT: commands in a piece are content, whether the piece is welcome or not', async () => {
  for (const [before, senders] of [
    ['', 0],
    ['EHLO c\r\n', 0],
    ['EHLO c\r\nMAIL FROM:<a@example.net>\r\n', 1],
    [ENVELOPE, 1],
  ] as const) {
    for (const last of ['', ' LAST']) {
      const client = new TestClient()
      await client.say(before)
      const reply = await client.say(`BDAT ${COMMANDS.length}${last}\r\n${COMMANDS}NOOP\r\n`)
      assert.match(reply, /^[25][^\r]*\r\n250 2\.0\.0 Done\r\n$/)
      assert.equal(client.host.senders.length, senders)
    }
  }
})

test('BDAT: a length that two readers could read differently ends the session', async () => {
  for (const length of [
    '08x',
    '0x10',
    '1e1',
    '1_0',
    '10.',
    '-10',
    '+10',
    '10,LAST',
    '10\tLAST',
    '١٠',
    '10 LAST 10',
    '99999999999999999999',
  ]) {
    const client = new TestClient()
    await client.say(ENVELOPE)
    assert.match(await client.say(`BDAT ${length}\r\n${COMMANDS}`), /^5[^\r]*\r\n$/)
    assert(client.host.hasEnded)
    assert.equal(client.host.senders.length, 1, length)
  }
})

test('BDAT: a piece is as long as it says, though leading zeros and the letter case may surprise', async () => {
  const client = new TestClient()
  await client.say(ENVELOPE)
  assert.equal(
    await client.say('bdat 00000000000000000006 last\r\nQUIT\r\nNOOP\r\n'),
    '250 2.0.0 Accepted as m1\r\n250 2.0.0 Done\r\n',
  )
})

test('BDAT: the next piece does not lend its line feed to another message', async () => {
  const client = new TestClient()
  await client.say(ENVELOPE)
  await client.say('BDAT 2\r\na\rRSET\r\n')
  await client.say(ENVELOPE)
  assert.match(await client.say('BDAT 2 LAST\r\n\nb'), /^550 5\.6\.0 /)
})

test('DATA: what comes behind it without waiting is the message, and nothing else', async () => {
  const client = new TestClient()
  const replies = await client.say(`${ENVELOPE}DATA\r\n${COMMANDS}QUIT\r\n.\r\nNOOP\r\n`)
  assert.match(replies, /354 [^\r]*\r\n250 2\.0\.0 Accepted as m1\r\n250 2\.0\.0 Done\r\n$/)
  assert.equal(client.host.arrived[0]?.content.toString(), `${COMMANDS}QUIT\r\n`)
  assert.equal(client.host.senders.length, 1)
})

test('DATA that was refused: what comes behind it are commands, and a flood of them ends the session', async () => {
  const client = new TestClient()
  await client.say('EHLO c\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<nobody@example.org>\r\n')
  const body = 'From: x\r\nTo: y\r\n\r\n'.repeat(20)
  const codes = await client.codes(`DATA\r\n${body}.\r\nQUIT\r\n`)
  assert.deepEqual(new Set(codes), new Set(['554', '500', '421']))
  assert(client.host.hasEnded)
})

test('addresses: nothing of a control character, a command or a parameter gets into one', async () => {
  for (const path of [
    '<a@example.net\0>',
    '<"a\0"@example.net>',
    '<"a\r\nRCPT TO:<b@example.org>\r\n"@example.net>',
    '<"a\nb"@example.net>',
    '<a@example.net> SIZE=1>',
    '<a@example.net>>',
    '<<a@example.net>',
    '<a@example.net SIZE=1>',
    '<-f/etc/passwd@example.net>',
    '<"-oX"@example.net>',
    '<a@-example.net>',
    '<a@../../etc/passwd>',
    '<a@example.net/../x>',
    '<a@example.net%00.org>',
    '<|/bin/sh@>',
  ]) {
    const client = new TestClient()
    await client.say('EHLO c\r\n')
    const [code] = await client.codes(`MAIL FROM:${path}\r\n`)
    assert.match(code ?? '', /^5/, JSON.stringify(path))
    assert.equal(client.host.senders.length, 0)
  }
})

test('replies repeat nothing that the client has sent', async () => {
  const client = new TestClient()
  const mark = 'zqmark'
  const replies = await client.say(
    [
      `EHLO ${mark}`,
      `${mark} x`,
      `NOOP ${mark}`,
      `VRFY ${mark}`,
      `HELP ${mark}`,
      `MAIL FROM:<${mark}`,
      `MAIL FROM:<${mark}@example.net> ${mark}=${mark}`,
      `MAIL FROM:<${mark}@example.net>`,
      `RCPT TO:<${mark}@${mark}.example>`,
      `RCPT TO:<${mark}@example.org>`,
      'DATA',
      `${mark}\r\n.`,
      `QUIT ${mark}`,
      '',
    ].join('\r\n'),
  )
  assert.doesNotMatch(replies, /zqmark/i)
})

test('a browser that was lured here, or a proxy, is cut off at its first word', async () => {
  for (const request of [
    'GET / HTTP/1.1\r\nHost: mx.example.org:25\r\n\r\n',
    `POST / HTTP/1.1\r\nContent-Type: text/plain\r\n\r\n${ENVELOPE}DATA\r\n`,
    'CONNECT mx.example.org:25 HTTP/1.1\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ]) {
    for (const cuts of [[], [...Array(60).keys()]]) {
      const client = new TestClient()
      assert.equal(await client.say(Buffer.from(request, 'latin1'), cuts), '500 5.5.1 This is SMTP\r\n')
      assert.deepEqual(
        [client.host.hasEnded, client.host.events, client.host.senders.length],
        [true, ['foreignProtocol'], 0],
      )
    }
  }
})
