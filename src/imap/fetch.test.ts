// FETCH, played.

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

test('of a message that a slow reader is sent no more than a piece is held, and all of it comes', async () => {
  const coded = Buffer.alloc(600_000, 'Lorem ipsum dolor sit amet\r\n').toString('base64')
  const header = 'Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n'
  const bytes = Buffer.from(header + coded.replaceAll(/(.{76})/g, '$1\r\n'))
  for (const [item, wanted] of [
    ['BODY.PEEK[]', bytes],
    ['BODY.PEEK[]<100.500000>', bytes.subarray(100, 500_100)],
    ['BINARY.PEEK[1]', Buffer.from(coded, 'base64')],
    ['BINARY.PEEK[1]<1000.400000>', Buffer.from(coded, 'base64').subarray(1000, 401_000)],
  ] as const) {
    const account = new MemoryAccount()
    account.deliver(bytes)
    const client = await selected(account)
    let { promise, resolve: read } = Promise.withResolvers<void>()
    client.drain = promise
    const receiving = client.engine.receive(Buffer.from(`a FETCH 1 ${item}\r\n`))
    const settled = receiving.then(() => true)
    do {
      for (let turn = 0; turn < 5; turn++) await client.pause()
      assert(account.heldBytes <= 100_000, `${account.heldBytes} bytes are held`)
      const last = read
      ;({ promise, resolve: read } = Promise.withResolvers<void>())
      client.drain = promise
      last()
    } while (!(await Promise.race([settled, client.pause().then(() => false)])))
    const reply = client.take()
    const start = reply.indexOf('}\r\n') + 3
    assert.equal(reply.slice(start, start + wanted.length) === wanted.toString('latin1'), true, item)
    assert.equal(reply.slice(start + wanted.length), ')\r\na OK That is all\r\n')
  }
})

test('large messages are fetched in small batches, each once and in order', async () => {
  const account = new MemoryAccount()
  const bytes = Buffer.alloc(5_000_000, 'Subject: x\r\n\r\n')
  for (let index = 0; index < 12; index++) account.deliver(index % 3 === 0 ? PLAIN : bytes)
  const client = await selected(account)
  const reply = await client.command('a FETCH 1:5,7:12 (UID BODY.PEEK[HEADER.FIELDS (Subject)])')
  const numbers = [...reply.matchAll(/^\* (\d+) FETCH \(UID (\d+) /gm)].map(([, number, uid]) => [
    Number(number),
    Number(uid),
  ])
  assert.deepEqual(
    numbers,
    [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12].map((number) => [number, number]),
  )
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
