// Sessions, played: commands for any state, syntax, and the bounds of what a client may send.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newClient, play } from './test-client.test-support.ts'
import { accountWith } from './test-messages.test-support.ts'

test('RFC 3501 §6.1, §6.3: any state', async () => {
  const client = newClient()
  await play(
    client,
    `
    C: a NOOP
    S: a OK Done
    C: b NAMESPACE
    S: * NAMESPACE (("" "/")) NIL NIL
    S: b OK That is all
    C: c ENABLE CONDSTORE X-NONE CONDSTORE
    S: * ENABLED CONDSTORE
    S: c OK Enabled
    C: d ENABLE condstore
    S: * ENABLED
    S: d OK Enabled
    C: d ID ("name" "x" "version" NIL)
    S: * ID ("name" "Mailkeep")
    S: d OK Pleased to meet you
    C: e FETCH 1 FLAGS
    S: e BAD Select a mailbox first
    C: f LOGOUT
    S: * BYE Logging out
    S: f OK Logged out
    `,
  )
  assert(client.hasEnded)
})

test('malformed commands are answered with BAD, and what follows is understood', async () => {
  await play(
    newClient(accountWith(1)),
    `
    C: a
    S: a BAD Malformed command: a space expected, but the command ends
    C: b FROB
    S: b BAD There is no such command
    C: c NOOP x
    S: c BAD Malformed command: the end of the command expected at character 7
    C: d ID (
    S: d BAD Malformed command: a string expected, but the command ends
    C: e STATUS INBOX (NONSENSE)
    S: e BAD Malformed command: there is no status item NONSENSE
    C: f UID NOOP
    S: f BAD There is no such command
    C: g LIST "" {2}
    S: + Ready for the literal
    C: )( x
    S: g BAD Malformed command: RETURN expected at character 19
    C: +x NOOP
    S: * BAD Malformed command: a tag expected at character 1
    C: h NOOP
    S: h OK Done
    `,
  )
})

test('pipelined commands are answered in order', async () => {
  const client = newClient()
  assert.equal(await client.say('a NOOP\r\nb NOOP\r\nc NOOP\r\n'), 'a OK Done\r\nb OK Done\r\nc OK Done\r\n')
})

test('too many mistakes in a row end the session', async () => {
  const client = newClient()
  const reply = await client.say('x FROB\r\n'.repeat(40))
  assert.equal(reply.match(/^x BAD/gm)?.length, 25)
  assert.match(reply, /\* BYE Too many malformed commands\r\n$/)
  assert(client.hasEnded)
})

test('a line that is too long is answered, and passed over', async () => {
  const client = newClient()
  assert.equal(
    await client.say(`a LIST "" ${'x'.repeat(100_000)}\r\nb NOOP\r\n`),
    'a BAD The command is too long\r\nb OK Done\r\n',
  )
})

test('literals that are too long are refused: the client that waits need not send them', async () => {
  const client = newClient()
  assert.equal(await client.say('a LIST "" {70000}\r\nb NOOP\r\n'), 'a BAD The literal is too long\r\nb OK Done\r\n')
  const long = 'x'.repeat(70_000)
  assert.equal(
    await client.say(`c LIST "" {70000+}\r\n${long} y\r\nd NOOP\r\n`),
    'c BAD The literal is too long\r\nd OK Done\r\n',
  )
  assert.equal(await client.say('e LIST "" {99999999999+}\r\n'), '* BYE The command is too long\r\n')
  assert(client.hasEnded)
})

test('many literals are bounded together', async () => {
  const client = newClient()
  const literal = `{60000+}\r\n${'x'.repeat(60_000)}`
  const reply = await client.say(`a ID (${`${literal} `.repeat(8)}NIL)\r\nb NOOP\r\n`)
  assert.equal(reply, 'a BAD The literal is too long\r\nb OK Done\r\n')
})

test('RFC 2177 IDLE: changes are told at once', async () => {
  const account = accountWith(1)
  const client = newClient(account)
  await client.command('a SELECT INBOX')
  account.deliver(Buffer.from('Subject: x\r\n\r\n'))
  assert.equal(await client.command('b IDLE'), '+ idling\r\n* 2 EXISTS\r\n* 2 RECENT\r\n')
  account.deliver(Buffer.from('Subject: y\r\n\r\n'))
  await client.pause()
  assert.equal(client.take(), '* 3 EXISTS\r\n* 3 RECENT\r\n')
  await account.commit([{ kind: 'remove', mailbox: account.mailboxByPath('INBOX')!.id, set: [[1, 2]] }])
  await client.pause()
  assert.equal(client.take(), '* 2 EXPUNGE\r\n* 1 EXPUNGE\r\n')
  assert.equal(await client.command('done'), 'b OK No longer idle\r\n')
  assert.equal(await client.command('c IDLE'), '+ idling\r\n')
  assert.equal(await client.command('d NOOP'), 'c BAD DONE was expected\r\n')
})

test('a client in IDLE that does not read is told the latest when it does, and nothing is queued for it', async () => {
  const account = accountWith(0)
  const client = newClient(account)
  await client.command('a SELECT INBOX')
  await client.command('b IDLE')
  const { promise, resolve: read } = Promise.withResolvers<void>()
  client.drain = promise
  for (let index = 0; index < 100; index++) {
    account.deliver(Buffer.from('Subject: x\r\n\r\n'))
    await client.pause()
  }
  assert.equal(client.take(), '* 1 EXISTS\r\n* 1 RECENT\r\n')
  client.drain = null
  read()
  await client.pause()
  assert.equal(client.take(), '* 100 EXISTS\r\n* 100 RECENT\r\n')
})

test('autologout, and a stop of the server', async () => {
  const client = newClient()
  client.engine.expire()
  assert.equal(client.take(), '* BYE Autologout: nothing was heard for half an hour\r\n')
  assert(client.hasEnded)
  assert.equal(await client.command('a NOOP'), '')
  const other = newClient()
  await other.command('a IDLE')
  other.take()
  other.engine.bye('The server stops')
  assert.equal(other.take(), '* BYE The server stops\r\n')
})

test('a stop of the server waits for the command that runs', async () => {
  const account = accountWith(1)
  const client = newClient(account)
  await client.command('a SELECT INBOX')
  account.beforeCommit = () => {
    client.engine.bye('The server stops')
    return Promise.resolve()
  }
  assert.equal(
    await client.say('b STORE 1 +FLAGS.SILENT (\\Seen)\r\nc NOOP\r\n'),
    'b OK Stored\r\n* BYE The server stops\r\n',
  )
  assert(client.hasEnded)
})

test('a fault inside ends the session with BYE and is told to the host', async () => {
  const account = accountWith(1)
  const client = newClient(account)
  account.beforeCommit = () => Promise.reject(new TypeError('a mistake of ours'))
  await client.engine.receive(Buffer.from('a CREATE x\r\nb NOOP\r\n'))
  assert.equal(client.take(), '* BYE Internal error\r\n')
  assert.equal(client.failures.length, 1)
  assert(client.hasEnded)
})
