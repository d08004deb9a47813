// The main job: a message sent by a real client is sealed to its recipient and read, after login, by another.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fetchAll, swaks, withoutTrace } from './imap-client.ts'
import { type Mailkeep, run, startMailkeep } from './harness.ts'

const PASSWORD = 'a long pass phrase'
let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({ accounts: { 'ada@example.org': PASSWORD, 'bob@example.org': PASSWORD } })
})
after(() => mailkeep[Symbol.asyncDispose]())

test('what swaks sends, over STARTTLS, imaplib reads', async () => {
  const said = await swaks({
    port: mailkeep.ports.smtp,
    from: 'sender@example.net',
    to: 'ada+lists@example.org',
    subject: 'Grüße',
    body: 'The first line\nand the second',
    args: ['--tls'],
  })
  assert.match(said, /TLS started with cipher TLSv1\.3/)
  assert.match(said, /<~ {2}250 2\.0\.0 /)
  // The first is the welcome message.
  const [welcome, message] = await fetchAll(mailkeep.ports.imap, 'ada@example.org', PASSWORD)
  assert.match(welcome?.bytes.toString() ?? '', /^Subject: Welcome to Mailkeep\r$/m)
  assert.ok(message)
  const text = message.bytes.toString()
  assert.match(text, /^Return-Path: <sender@example\.net>\r\nDelivered-To: ada\+lists@example\.org\r\nReceived: /)
  assert.match(text, /\bwith ESMTPS\b/)
  assert.match(withoutTrace(message.bytes).toString(), /\r\n\r\nThe first line\r\nand the second\r\n/)
})

test('unknown users and other domains are refused at RCPT', async () => {
  for (const [to, reply] of [
    ['eve@example.org', /<\*\* 550 5\.1\.1 /],
    ['ada@example.net', /<\*\* 550 5\.7\.1 /],
  ] as const) {
    const args = ['--server', `127.0.0.1:${mailkeep.ports.smtp}`, '--from', 'sender@example.net', '--to', to]
    const { status, stdout } = await run('swaks', args)
    assert.notEqual(status, 0)
    assert.match(stdout, reply)
  }
})

test('two recipients have a copy each, and neither sees the other', async () => {
  await swaks({
    port: mailkeep.ports.smtp,
    from: 'sender@example.net',
    to: 'ada@example.org,bob@example.org',
    subject: 'For both',
    body: 'x',
    args: ['--header', 'To: undisclosed recipients:;'],
  })
  const [, bobs] = await fetchAll(mailkeep.ports.imap, 'bob@example.org', PASSWORD)
  assert.ok(bobs)
  assert.match(bobs.bytes.toString(), /Delivered-To: bob@example\.org\r\n/)
  assert.doesNotMatch(bobs.bytes.toString(), /ada@/)
  const adas = await fetchAll(mailkeep.ports.imap, 'ada@example.org', PASSWORD)
  assert.equal(adas.length, 3)
})

test('a wrong password and an unknown name are refused alike', async () => {
  for (const name of ['ada@example.org', 'nobody@example.org']) {
    await assert.rejects(fetchAll(mailkeep.ports.imap, name, 'wrong'), /AUTHENTICATIONFAILED/)
  }
})
