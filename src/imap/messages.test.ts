// Commands about the messages of the selected mailbox, played.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { type TestClient, newClient, play } from './test-client.test-support.ts'
import { NESTED, PLAIN, RECEIVED, accountWith } from './test-messages.test-support.ts'

async function selected(account: MemoryAccount): Promise<TestClient> {
  const client = newClient(account)
  await client.command('s SELECT INBOX')
  return client
}

test('RFC 3501 §6.4.5: FETCH of what is in the index', async () => {
  await play(
    await selected(accountWith(2)),
    `
    C: a FETCH 1 (UID FLAGS RFC822.SIZE INTERNALDATE)
    S: * 1 FETCH (UID 1 FLAGS (\\Recent) RFC822.SIZE 115 INTERNALDATE "17-Nov-2026 09:00:00 +0000")
    S: a OK That is all
    C: b FETCH 2:1 FAST
    S: * 1 FETCH (FLAGS (\\Recent) INTERNALDATE "17-Nov-2026 09:00:00 +0000" RFC822.SIZE 115)
    S: * 2 FETCH (FLAGS (\\Recent) INTERNALDATE "17-Nov-2026 09:00:00 +0000" RFC822.SIZE 115)
    S: b OK That is all
    C: c FETCH 1 ENVELOPE
    S: * 1 FETCH (ENVELOPE ("Tue, 17 Nov 2026 10:00:00 +0100" "Hello" (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) ((NIL NIL "bob" "example.org")) NIL NIL NIL NIL))
    S: c OK That is all
    C: d FETCH * BODY
    S: * 2 FETCH (BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1))
    S: d OK That is all
    C: e UID FETCH 2 BODYSTRUCTURE
    S: * 2 FETCH (UID 2 BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1 NIL NIL NIL NIL))
    S: e OK That is all
    C: f FETCH 3 FLAGS
    S: f BAD There is no message with that number
    C: g UID FETCH 7:9 FLAGS
    S: g OK That is all
    C: h UID FETCH 2:* UID
    S: * 2 FETCH (UID 2)
    S: h OK That is all
    C: i FETCH 1 (FLAGS
    S: i BAD Malformed command: ")" expected, but the command ends
    C: j FETCH 1 FROB
    S: j BAD Malformed command: there is no item FROB
    `,
  )
})

test('RFC 3501 §6.4.5: FETCH of a body sets \\Seen, PEEK does not', async () => {
  await play(
    await selected(accountWith(2)),
    `
    C: a FETCH 1 BODY.PEEK[TEXT]
    S: * 1 FETCH (BODY[TEXT] {8}
    Hi Bob
    )
    S: a OK That is all
    C: b FETCH 1 (UID BODY[]<4.9>)
    S: * 1 FETCH (UID 1 BODY[]<4> {9}
    : Ann <an)
    S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Recent))
    S: b OK That is all
    C: c FETCH 1 BODY[]<200.9>
    S: * 1 FETCH (BODY[]<200> {0}
    )
    S: c OK That is all
    C: d FETCH 2 BODY[HEADER.FIELDS (subject X-None)]
    S: * 2 FETCH (BODY[HEADER.FIELDS (subject X-None)] {18}
    Subject: Hello
    
    )
    S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Recent))
    S: d OK That is all
    C: e FETCH 2 BODY.PEEK[HEADER.FIELDS.NOT (From To Date)]<0.8>
    S: * 2 FETCH (BODY[HEADER.FIELDS.NOT (From To Date)]<0> {8}
    Subject:)
    S: e OK That is all
    C: f FETCH 2 (RFC822.TEXT RFC822.SIZE)
    S: * 2 FETCH (RFC822.SIZE 115 RFC822.TEXT {8}
    Hi Bob
    )
    S: f OK That is all
    C: g FETCH 2 BODY[]<5.0>
    S: g BAD Malformed command: a part of no bytes was asked for
    `,
  )
})

test('RFC 9051 §6.4.5.1: sections of nested messages', async () => {
  const account = new MemoryAccount()
  account.deliver(NESTED, 1 as MailboxId, ['$seen'], RECEIVED)
  await play(
    await selected(account),
    `
    C: a FETCH 1 BODY.PEEK[1]
    S: * 1 FETCH (BODY[1] {8}
    AGhpAA==)
    S: a OK That is all
    C: b FETCH 1 BODY.PEEK[2.HEADER.FIELDS (From)]
    S: * 1 FETCH (BODY[2.HEADER.FIELDS (From)] {23}
    From: x@example.org
    
    )
    S: b OK That is all
    C: c FETCH 1 (BODY.PEEK[2.1] BODY.PEEK[2.2.MIME])
    S: * 1 FETCH (BODY[2.1] {10}
    inner text BODY[2.2.MIME] {65}
    Content-Type: text/html
    Content-Transfer-Encoding: x-strange
    
    )
    S: c OK That is all
    C: d FETCH 1 (BODY.PEEK[3.TEXT] BODY.PEEK[3.1] BODY.PEEK[3.1.1])
    S: * 1 FETCH (BODY[3.TEXT] {9}
    flat body BODY[3.1] {9}
    flat body BODY[3.1.1] NIL)
    S: d OK That is all
    C: e FETCH 1 (BODY.PEEK[4] BODY.PEEK[1.1] BODY.PEEK[1.HEADER])
    S: * 1 FETCH (BODY[4] NIL BODY[1.1] NIL BODY[1.HEADER] NIL)
    S: e OK That is all
    C: f FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1])
    S: * 1 FETCH (BINARY.SIZE[1] 4 BINARY[1] ~{4}
    \u0000hi\u0000)
    S: f OK That is all
    C: g FETCH 1 BINARY.PEEK[2.1]<0.5>
    S: * 1 FETCH (BINARY[2.1]<0> {5}
    inner)
    S: g OK That is all
    C: h FETCH 1 BINARY.PEEK[2.2]
    S: * 1 FETCH (BINARY[2.2] NIL)
    S: h NO [UNKNOWN-CTE] The encoding of a part is not known
    C: i FETCH 1 BODY.PEEK[MIME]
    S: i BAD Malformed command: MIME needs a part number
    C: j FETCH 1 BODY.PEEK[1.]
    S: j BAD Malformed command: a part number or section expected at character 23
    `,
  )
})

test('a single part message: part 1 is its body', async () => {
  await play(
    await selected(accountWith(1)),
    `
    C: a FETCH 1 (BODY.PEEK[1] BODY.PEEK[2])
    S: * 1 FETCH (BODY[1] {8}
    Hi Bob
     BODY[2] NIL)
    S: a OK That is all
    `,
  )
})

test('every byte of a message comes back, whatever the bytes', async () => {
  const account = new MemoryAccount()
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7919) % 256))
  account.deliver(bytes)
  const client = await selected(account)
  const reply = Buffer.from(await client.command('a FETCH 1 BODY.PEEK[]'), 'latin1')
  const head = Buffer.from('* 1 FETCH (BODY[] {70000}\r\n')
  assert(reply.subarray(head.length, head.length + bytes.length).equals(bytes))
  assert.equal(reply.subarray(head.length + bytes.length).toString(), ')\r\na OK That is all\r\n')
})

test('a large message is served in pieces, and a slow reader is waited for', async () => {
  const account = new MemoryAccount()
  const bytes = Buffer.alloc(9_000_000, 'Lorem ipsum dolor sit amet\r\n')
  account.deliver(bytes)
  const client = await selected(account)
  const { promise, resolve: read } = Promise.withResolvers<void>()
  client.drain = promise
  const receiving = client.engine.receive(Buffer.from('a FETCH 1 BODY.PEEK[]\r\n'))
  for (let turn = 0; turn < 20; turn++) await client.pause()
  assert(client.sentBytes < 300_000)
  client.drain = null
  read()
  await receiving
  const reply = client.take()
  assert.equal(reply.length, '* 1 FETCH (BODY[] {9000000}\r\n)\r\na OK That is all\r\n'.length + bytes.length)
})

test('a damaged message: NIL, the UID, NO; the others are served and the session goes on', async () => {
  const account = accountWith(3)
  account.damaged.add(2)
  await play(
    await selected(account),
    `
    C: a FETCH 2:3 (UID BODY[TEXT])
    S: * NO [ALERT] The message with UID 2 is damaged in storage: what cannot be proven is not served
    S: * 2 FETCH (UID 2 BODY[TEXT] NIL)
    S: * 3 FETCH (UID 3 BODY[TEXT] {8}
    Hi Bob
    )
    S: * 3 FETCH (UID 3 FLAGS (\\Seen \\Recent))
    S: a NO [CORRUPTION] Damaged messages were not served
    C: b FETCH 2 FLAGS
    S: * 2 FETCH (FLAGS (\\Recent))
    S: b OK That is all
    `,
  )
})

test('reading goes on when the log takes nothing', async () => {
  const account = accountWith(1)
  account.refusal = 'noSpace'
  const client = await selected(account)
  const reply = await client.command('a FETCH 1 BODY[TEXT]')
  assert.match(reply, /Hi Bob\r\n\)\r\n\* NO The messages could not be marked as seen\r\na OK That is all\r\n$/)
})

test('RFC 3501 §6.4.6: STORE', async () => {
  await play(
    await selected(accountWith(3)),
    `
    C: a STORE 1:2 +FLAGS (\\Deleted $Label1)
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $label1)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $label1 \\*)] Limited
    S: * 1 FETCH (UID 1 FLAGS ($label1 \\Deleted \\Recent))
    S: * 2 FETCH (UID 2 FLAGS ($label1 \\Deleted \\Recent))
    S: a OK Stored
    C: b STORE 2 -FLAGS \\Deleted
    S: * 2 FETCH (UID 2 FLAGS ($label1 \\Recent))
    S: b OK Stored
    C: c UID STORE 2 FLAGS (\\Seen \\Flagged)
    S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen \\Recent))
    S: c OK Stored
    C: d STORE 3 FLAGS.SILENT \\Seen
    S: d OK Stored
    C: e STORE 3 +FLAGS ()
    S: * 3 FETCH (UID 3 FLAGS (\\Seen \\Recent))
    S: e OK Stored
    C: f STORE 3 FLAGS (\\Recent)
    S: f BAD Malformed command: \\Recent cannot be changed
    C: g STORE 4 FLAGS ()
    S: g BAD There is no message with that number
    C: h STORE 1 FROB (\\Seen)
    S: h BAD Malformed command: there is no item FROB
    C: i UID STORE 99 +FLAGS (\\Seen)
    S: i OK Stored
    `,
  )
})

test('a STORE that changes nothing writes nothing', async () => {
  const account = accountWith(2)
  const client = await selected(account)
  await client.command('a STORE 1:2 +FLAGS (\\Seen)')
  const { commits } = account
  await client.command('b STORE 1:2 +FLAGS (\\Seen)')
  await client.command('c FETCH 1:2 BODY[]')
  assert.equal(account.commits, commits)
})

test('RFC 3501 §6.4.6: .SILENT is silent about its own changes only', async () => {
  const account = accountWith(3)
  const [client, other] = [await selected(account), await selected(account)]
  const others: Promise<string>[] = []
  account.beforeCommit = () => {
    account.beforeCommit = () => Promise.resolve()
    others.push(other.command('x STORE 1:2 +FLAGS.SILENT (\\Flagged)'))
    return Promise.all(others).then(() => undefined)
  }
  assert.equal(
    await client.command('a STORE 2:3 +FLAGS.SILENT (\\Seen)'),
    '* 1 FETCH (UID 1 FLAGS (\\Flagged \\Recent))\r\n* 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen \\Recent))\r\na OK Stored\r\n',
  )
  assert.equal(await client.command('b NOOP'), 'b OK Done\r\n')
  await Promise.all(others)
})

test('RFC 7162 §3.1: CONDSTORE', async () => {
  await play(
    await selected(accountWith(3)),
    `
    C: a FETCH 1:* MODSEQ
    S: * 1 FETCH (MODSEQ (3))
    S: * 2 FETCH (MODSEQ (4))
    S: * 3 FETCH (MODSEQ (5))
    S: a OK That is all
    C: b STORE 1:3 (UNCHANGEDSINCE 4) +FLAGS.SILENT (\\Seen \\Deleted)
    S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Deleted \\Recent) MODSEQ (7))
    S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Deleted \\Recent) MODSEQ (7))
    S: b OK [MODIFIED 3] Some messages had changed
    C: c UID STORE 1:3 (UNCHANGEDSINCE 0) FLAGS ()
    S: c OK [MODIFIED 1:3] Some messages had changed
    C: d UID FETCH 1:* (FLAGS) (CHANGEDSINCE 6)
    S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Deleted \\Recent) MODSEQ (7))
    S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Deleted \\Recent) MODSEQ (7))
    S: d OK That is all
    C: e SEARCH MODSEQ 7
    S: * SEARCH 1 2 (MODSEQ 7)
    S: e OK That is all
    C: f SEARCH MODSEQ "/flags/\\\\seen" all 99
    S: * SEARCH
    S: f OK That is all
    C: g STATUS INBOX (HIGHESTMODSEQ)
    S: * STATUS INBOX (HIGHESTMODSEQ 7)
    S: g OK That is all
    `,
  )
})

test('RFC 3501 §6.4.7, RFC 4315, RFC 6851: COPY and MOVE', async () => {
  const account = accountWith(4)
  await account.commit([
    { kind: 'createMailbox', parent: null, name: 'x', role: null, uidValidity: 77, subscribed: false },
  ])
  await play(
    await selected(account),
    `
    C: a COPY 2:3 x
    S: a OK [COPYUID 77 2:3 1:2] Copied
    C: b UID COPY 4,1 x
    S: b OK [COPYUID 77 1,4 3:4] Copied
    C: c COPY 1 nowhere
    S: c NO [TRYCREATE] There is no such mailbox
    C: d UID COPY 99 x
    S: d OK There was nothing to do
    C: e MOVE 2:3 x
    S: * OK [COPYUID 77 2:3 5:6] Moved
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

test('RFC 3501 §7.4.1: no EXPUNGE within FETCH, STORE and SEARCH, and numbers stay', async () => {
  const account = accountWith(4)
  const [client, other] = [await selected(account), await selected(account)]
  await other.command('a STORE 2 +FLAGS.SILENT (\\Deleted)')
  await other.command('b EXPUNGE')
  account.deliver(PLAIN, 1 as MailboxId, [], RECEIVED)
  await play(
    client,
    `
    C: a FETCH 1:3 UID
    S: * 1 FETCH (UID 1)
    S: * 3 FETCH (UID 3)
    S: a NO [EXPUNGEISSUED] Some of the messages were expunged
    C: b SEARCH ALL
    S: * SEARCH 1 3 4
    S: b OK That is all
    C: c STORE 4 +FLAGS (\\Seen)
    S: * 4 FETCH (UID 4 FLAGS (\\Seen \\Recent))
    S: c OK Stored
    C: d UID FETCH 3 FLAGS
    S: * 3 FETCH (UID 3 FLAGS (\\Recent))
    S: * 2 EXPUNGE
    S: * 4 EXISTS
    S: * 4 RECENT
    S: d OK That is all
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
    S: g BAD Malformed command: the message as a literal expected
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
    'a BAD Only one message at a time\r\nb OK Done\r\n',
  )
  assert.equal(
    await client.say('a APPEND INBOX {3+}\r\nabc x\r\nb NOOP\r\n'),
    'a BAD Malformed command: the end of the command expected at character 1\r\nb OK Done\r\n',
  )
  assert.equal(account.mailboxByPath('INBOX')?.messages, 2)
})

test('APPEND that the log refuses', async () => {
  const account = new MemoryAccount()
  account.refusal = 'overQuota'
  assert.equal(
    await newClient(account).say('a APPEND INBOX {3+}\r\nabc\r\n'),
    'a NO [OVERQUOTA] The quota does not allow this\r\n',
  )
})
