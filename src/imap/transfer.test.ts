// Commands that bring messages into a mailbox or take them out, played.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryAccount } from './memory-account.test-support.ts'
import { type TestClient, newClient, play } from './test-client.test-support.ts'
import { accountWith } from './test-messages.test-support.ts'

async function selected(account: MemoryAccount): Promise<TestClient> {
  const client = newClient(account)
  await client.command('s SELECT INBOX')
  return client
}

test('RFC 3501 §6.4.7, RFC 4315, RFC 6851: COPY and MOVE', async () => {
  const account = accountWith(4)
  await account.commit([
    { kind: 'createMailbox', parent: null, name: 'x', role: null, uidValidity: 1077, subscribed: false },
  ])
  await play(
    await selected(account),
    `
    C: a COPY 2:3 x
    S: a OK [COPYUID 1077 2:3 1:2] Copied
    C: b UID COPY 4,1 x
    S: b OK [COPYUID 1077 1,4 3:4] Copied
    C: c COPY 1 nowhere
    S: c NO [TRYCREATE] There is no such mailbox
    C: d UID COPY 99 x
    S: d OK There was nothing to do
    C: e MOVE 2:3 x
    S: * OK [COPYUID 1077 2:3 5:6] Moved
    S: * 3 EXPUNGE
    S: * 2 EXPUNGE
    S: e OK Moved
    C: f UID MOVE 4 INBOX
    S: f NO [CANNOT] The messages are in that mailbox already
    C: g COPY 1 INBOX
    S: * 3 EXISTS
    S: * 3 RECENT
    S: g OK [COPYUID 1000 1 5] Copied
    C: h FETCH 1:* UID
    S: * 1 FETCH (UID 1)
    S: * 2 FETCH (UID 4)
    S: * 3 FETCH (UID 5)
    S: h OK That is all
    `,
  )
})

test('RFC 3501 §6.4.3, RFC 4315 §2.1, RFC 3501 §6.4.2: EXPUNGE, UID EXPUNGE, CLOSE', async () => {
  const account = accountWith(6)
  await play(
    await selected(account),
    `
    C: a STORE 2,4:6 +FLAGS.SILENT (\\Deleted)
    S: a OK Stored
    C: b UID EXPUNGE 1:4
    S: * 4 EXPUNGE
    S: * 2 EXPUNGE
    S: b OK Expunged
    C: c EXPUNGE
    S: * 4 EXPUNGE
    S: * 3 EXPUNGE
    S: c OK Expunged
    C: d STORE 1 +FLAGS.SILENT (\\Deleted)
    S: d OK Stored
    C: e CLOSE
    S: e OK Closed
    C: f STATUS INBOX (MESSAGES)
    S: * STATUS INBOX (MESSAGES 1)
    S: f OK That is all
    `,
  )
})

test('RFC 3501 §6.3.11, RFC 4315 §3: APPEND', async () => {
  const account = accountWith(1)
  await play(
    await selected(account),
    `
    C: a APPEND INBOX (\\Seen \\Deleted foo) "17-Jul-1996 02:44:25 -0700" {16}
    S: + Ready for the literal
    C: Subject: y
    
    hi
    S: * 2 EXISTS
    S: * 2 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft foo)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft foo \\*)] Limited
    S: * 2 FETCH (UID 2 FLAGS (\\Seen foo \\Deleted \\Recent))
    S: a OK [APPENDUID 1000 2] Appended
    C: b FETCH 2 (FLAGS INTERNALDATE BODY.PEEK[])
    S: * 2 FETCH (FLAGS (\\Seen foo \\Deleted \\Recent) INTERNALDATE "17-Jul-1996 09:44:25 +0000" BODY[] {16}
    Subject: y
    
    hi)
    S: b OK That is all
    C: c APPEND nowhere {3}
    S: c NO [TRYCREATE] There is no such mailbox
    C: d APPEND INBOX {1000001}
    S: d NO [TOOBIG] The message is too large
    C: e APPEND INBOX {0}
    S: e NO An empty message cannot be stored
    C: f APPEND INBOX
    S: f BAD Malformed command: the message as a literal expected
    C: g APPEND INBOX "x"
    S: g BAD Malformed command: a date and time such as "17-Jul-1996 02:44:25 -0700" expected at character 16
    C: h APPEND INBOX (\\Recent) {3}
    S: h BAD Malformed command: \\Recent cannot be changed
    C: i NOOP
    S: i OK Done
    `,
  )
})

test('RFC 7888: APPEND with literals that do not wait, the name too', async () => {
  const account = new MemoryAccount()
  const client = newClient(account)
  assert.equal(
    await client.say('a APPEND {5+}\r\nINBOX {3+}\r\nabc\r\nb APPEND INBOX () ~{3+}\r\nx\0y\r\nc NOOP\r\n'),
    'a OK [APPENDUID 1000 1] Appended\r\nb OK [APPENDUID 1000 2] Appended\r\nc OK Done\r\n',
  )
  assert.equal(await client.say('a APPEND {7}\r\n'), '+ Ready for the literal\r\n')
  assert.equal(
    await client.say('nowhere {3+}\r\nabc\r\nb NOOP\r\n'),
    'a NO [TRYCREATE] There is no such mailbox\r\nb OK Done\r\n',
  )
  assert.equal(
    await client.say('a APPEND INBOX {3+}\r\nabc {3+}\r\nabc\r\nb NOOP\r\n'),
    'a OK [APPENDUID 1000 3:4] Appended\r\nb OK Done\r\n',
  )
  assert.equal(
    await client.say('a APPEND INBOX {3+}\r\nabc x\r\nb NOOP\r\n'),
    'a BAD Malformed command: the message as a literal expected at character 2\r\nb OK Done\r\n',
  )
  assert.equal(account.mailboxByPath('INBOX')?.messages, 4)
})

test('APPEND that the log refuses', async () => {
  const account = new MemoryAccount()
  account.refusal = 'overQuota'
  assert.equal(
    await newClient(account).say('a APPEND INBOX {3+}\r\nabc\r\n'),
    'a NO [OVERQUOTA] The quota does not allow this\r\n',
  )
})
