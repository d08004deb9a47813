import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENVELOPE, TestClient } from './memory-host.test-support.ts'
import { refused } from './verdict.ts'

const TLS_STATE = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' }
const OK_MAIL = '250 2.1.0 Sender accepted\r\n'
const OK_RCPT = '250 2.1.5 Recipient accepted\r\n'
const GO_AHEAD = '354 Send the message; end it with a line of one dot\r\n'
const MESSAGE = 'Subject: x\r\n\r\ntext\r\n'

/** What each line is answered, one after the other, after EHLO. */
const dialogues: readonly [title: string, ...turns: [line: string, reply: string][]][] = [
  [
    'RFC 5321 §4.1.4: the order of commands',
    ['RCPT TO:<ann@example.org>', '503 5.5.1 MAIL first'],
    ['DATA', '503 5.5.1 MAIL first'],
    ['MAIL FROM:<a@example.net>', '250 2.1.0 Sender accepted'],
    ['MAIL FROM:<a@example.net>', '503 5.5.1 A transaction is open already'],
    ['DATA', '554 5.5.1 No recipient was accepted'],
    ['RCPT TO:<nobody@example.org>', '550 5.1.1 There is no such address here'],
    ['DATA', '554 5.5.1 No recipient was accepted'],
    ['RSET', '250 2.0.0 Forgotten'],
    ['RCPT TO:<ann@example.org>', '503 5.5.1 MAIL first'],
  ],
  [
    'RFC 5321 §3.3: recipients, each with its own answer',
    ['MAIL FROM:<>', '250 2.1.0 Sender accepted'],
    ['RCPT TO:<ann@example.org>', '250 2.1.5 Recipient accepted'],
    ['RCPT TO:<Postmaster>', '250 2.1.5 Recipient accepted'],
    ['RCPT TO:<a@example.com>', '550 5.7.1 Mail for this domain is not relayed'],
    ['RCPT TO:<full@example.org>', '452 4.2.2 The mailbox is full'],
    ['RCPT TO:<locked@example.org>', '451 4.3.0 The mailbox cannot take mail now: try again later'],
    // No CR or LF of a host's text becomes a reply of its own.
    ['RCPT TO:<grey@example.org>', '450-4.7.1 Come again\r\n450-4.7.1 in a minute?\r\n450 4.7.1 250 not a reply'],
    ['RCPT TO:<>', '501 5.1.3 An address is expected'],
    ['RCPT TO:ann@example.org', '501 5.1.3 An address in angle brackets is expected'],
    ['RCPT TO:<ann@example.org> NOTIFY=NEVER', '555 5.5.4 A parameter is not offered'],
    ['RCPT TO:<ann@example.org>x', '501 5.5.4 The command is malformed'],
    ['RCPT FROM:<ann@example.org>', '501 5.5.4 The command is malformed'],
    ['rcpt to: <@relay.example:ann@example.org>', '250 2.1.5 Recipient accepted'],
  ],
  [
    'RFC 1870, 6152: parameters of MAIL',
    ['MAIL FROM:<a@example.net> SIZE=52428801', '552 5.3.4 The message is longer than 52428800 bytes'],
    ['MAIL FROM:<a@example.net> SIZE=99999999999999999999', '552 5.3.4 The message is longer than 52428800 bytes'],
    ['MAIL FROM:<a@example.net> SIZE=-1', '501 5.5.4 The value of SIZE is malformed'],
    ['MAIL FROM:<a@example.net> SIZE', '501 5.5.4 The value of SIZE is malformed'],
    ['MAIL FROM:<a@example.net> SIZE=1 SIZE=2', '501 5.5.4 A parameter is given twice'],
    ['MAIL FROM:<a@example.net> BODY=BINARYMIME', '555 5.5.4 This body type is not offered'],
    ['MAIL FROM:<a@example.net> SMTPUTF8=yes', '501 5.5.4 The value of SMTPUTF8 is malformed'],
    ['MAIL FROM:<a@example.net> RET=HDRS', '555 5.5.4 A parameter is not offered'],
    ['MAIL FROM:<a@example.net> AUTH=<>', '555 5.5.4 A parameter is not offered'],
    ['MAIL FROM:<a@example.net> =', '501 5.5.4 A parameter is malformed'],
    ['MAIL FROM:<a@example.net>SIZE=1', '501 5.5.4 The command is malformed'],
    ['MAIL <a@example.net>', '501 5.5.4 The command is malformed'],
    ['MAIL', '501 5.5.4 The command is malformed'],
    ['mail from:  <a@example.net>  size=52428800 body=8bitmime smtputf8 ', '250 2.1.0 Sender accepted'],
  ],
  [
    'RFC 6531 §3.5: addresses that need SMTPUTF8',
    ['MAIL FROM:<jürgen@example.net>', '553 5.6.7 The address needs SMTPUTF8'],
    ['MAIL FROM:<a@bücher.example>', '553 5.6.7 The address needs SMTPUTF8'],
    ['MAIL FROM:<a@example.net>', '250 2.1.0 Sender accepted'],
    ['RCPT TO:<jürgen@example.org>', '553 5.6.7 The address needs SMTPUTF8'],
    ['RSET', '250 2.0.0 Forgotten'],
    ['MAIL FROM:<jürgen@bücher.example> SMTPUTF8', '250 2.1.0 Sender accepted'],
    ['RCPT TO:<jürgen@example.org>', '250 2.1.5 Recipient accepted'],
  ],
  [
    'RFC 5321 §4.1.1.6 to .10: the other commands',
    ['NOOP what ever', '250 2.0.0 Done'],
    ['VRFY ann', '252 2.1.5 Addresses are not verified: send the message'],
    ['VRFY', '501 5.5.4 The command is malformed'],
    ['EXPN list', '502 5.5.1 EXPN is not offered'],
    [
      'HELP',
      '214-2.0.0 This is Mailkeep. Commands:\r\n214-2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT\r\n214 2.0.0 They are described in RFC 5321 and RFC 3030.',
    ],
    ['AUTH PLAIN', '502 5.5.1 AUTH is not offered'],
    ['TURN', '500 5.5.1 There is no such command'],
    ['', '500 5.5.1 There is no such command'],
    ['RSET now', '501 5.5.4 The command is malformed'],
    ['QUIT now', '501 5.5.4 The command is malformed'],
    ['DATA now', '501 5.5.4 The command is malformed'],
    ['NO\0OP', '500 5.5.2 The command is not text'],
    ['NOOP \x1b[2J', '500 5.5.2 The command is not text'],
    ['quit', '221 2.0.0 Goodbye'],
  ],
]

for (const [title, ...turns] of dialogues) {
  test(title, async () => {
    const client = new TestClient()
    await client.say('EHLO client.example.net\r\n')
    for (const [line, reply] of turns) assert.equal(await client.say(`${line}\r\n`), `${reply}\r\n`, line)
    assert.deepEqual(client.host.failures, [])
  })
}

test('RFC 5321 §4.1.1.1: EHLO, HELO and what each offers', async () => {
  const client = new TestClient()
  assert.equal(await client.say('MAIL FROM:<a@example.net>\r\n'), '503 5.5.1 EHLO first\r\n')
  assert.equal(await client.say('EHLO\r\n'), '501 5.5.4 A domain or an address literal is expected\r\n')
  assert.equal(await client.say('EHLO a b\r\n'), '501 5.5.4 A domain or an address literal is expected\r\n')
  assert.equal(
    await client.say('EHLO [IPv6:2001:db8::1]\r\n'),
    [
      '250-mx.example.org',
      '250-PIPELINING',
      '250-SIZE 52428800',
      '250-8BITMIME',
      '250-SMTPUTF8',
      '250-ENHANCEDSTATUSCODES',
      '250-CHUNKING',
      '250-LIMITS MAILMAX=10000 RCPTMAX=500',
      '250 STARTTLS',
      '',
    ].join('\r\n'),
  )
  // Either gives up the transaction.
  await client.say('MAIL FROM:<a@example.net>\r\n')
  assert.equal(await client.say('HELO host_name\r\n'), '250 mx.example.org\r\n')
  assert.equal(await client.say('MAIL FROM:<a@example.net> SIZE=1\r\n'), '555 5.5.4 Parameters need EHLO\r\n')
  assert.equal(await client.say('MAIL FROM:<a@example.net>\r\n'), OK_MAIL)
})

test('RFC 5321 §3.3: a message arrives as it was sent, with its envelope', async () => {
  const client = new TestClient()
  await client.say(
    'EHLO client.example.net\r\nMAIL FROM:<A@EXAMPLE.net> SIZE=20 BODY=8BITMIME\r\nRCPT TO:<ann@example.org>\r\nRCPT TO:<"b b"@example.org>\r\n',
  )
  assert.equal(await client.say('DATA\r\n'), GO_AHEAD)
  assert.equal(await client.say(`${MESSAGE}..\r\n..x\r\n.\r\n`), '250 2.0.0 Accepted as m1\r\n')
  const [arrived] = client.host.arrived
  assert.equal(arrived?.content.toString(), `${MESSAGE}.\r\n.x\r\n`)
  const { peer, protocol, sender, sizeBytes, bodyType, isUtf8, recipients } = arrived?.transaction ?? assert.fail()
  assert.deepEqual(
    { peer, protocol, sizeBytes, bodyType, isUtf8 },
    {
      peer: {
        address: '192.0.2.7',
        hello: { name: 'client.example.net', isExtended: true },
        tls: null,
        isAuthenticated: false,
      },
      protocol: 'ESMTP',
      sizeBytes: 20,
      bodyType: '8BITMIME',
      isUtf8: false,
    },
  )
  assert.equal(sender?.text, 'A@example.net')
  assert.deepEqual(
    recipients.map(({ address, target }) => [address.text, address.localPart, target]),
    [
      ['ann@example.org', 'ann', 'target of ann@example.org'],
      ['"b b"@example.org', 'b b', 'target of "b b"@example.org'],
    ],
  )
  // The transaction is over.
  assert.equal(await client.say('DATA\r\n'), '503 5.5.1 MAIL first\r\n')
  assert.deepEqual(client.host.failures, [])
})

test('RFC 2920: a batch of commands gets its replies in one piece, and messages may follow each other', async () => {
  const client = new TestClient()
  await client.say('EHLO c\r\n')
  const envelope = 'MAIL FROM:<a@example.net>\r\nRCPT TO:<ann@example.org>\r\nRCPT TO:<nobody@example.org>\r\nDATA\r\n'
  await client.engine.receive(Buffer.from(envelope))
  assert.equal(client.host.sent.length, 1)
  assert.equal(client.take(), `${OK_MAIL}${OK_RCPT}550 5.1.1 There is no such address here\r\n${GO_AHEAD}`)
  await client.engine.receive(Buffer.from(`${MESSAGE}.\r\n${envelope}`))
  assert.equal(client.host.sent.length, 1)
  assert.equal(
    client.take(),
    `250 2.0.0 Accepted as m1\r\n${OK_MAIL}${OK_RCPT}550 5.1.1 There is no such address here\r\n${GO_AHEAD}`,
  )
  assert.equal(await client.say('.\r\nQUIT\r\nNOOP\r\n'), '250 2.0.0 Accepted as m2\r\n221 2.0.0 Goodbye\r\n')
  assert(client.host.hasEnded)
  assert.equal(client.host.arrived[1]?.content.length, 0)
})

test('RFC 3848, 6531 §4.3: the protocol word', async () => {
  const word = async (
    hello: string,
    parameters: string,
    tls: typeof TLS_STATE | null,
    login: boolean,
  ): Promise<string | undefined> => {
    const handover = login ? { peerAddress: '192.0.2.7', hello: { name: 'x', isExtended: true }, tls } : null
    const client = new TestClient(handover === null ? { tls } : { handover })
    await client.say(`${hello} x\r\nMAIL FROM:<>${parameters}\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n.\r\n`)
    return client.host.arrived[0]?.transaction.protocol
  }
  assert.equal(await word('HELO', '', null, false), 'SMTP')
  assert.equal(await word('HELO', '', TLS_STATE, false), 'SMTP')
  assert.equal(await word('EHLO', '', null, false), 'ESMTP')
  assert.equal(await word('EHLO', '', TLS_STATE, false), 'ESMTPS')
  assert.equal(await word('EHLO', '', null, true), 'ESMTPA')
  assert.equal(await word('NOOP', '', TLS_STATE, true), 'ESMTPSA')
  assert.equal(await word('EHLO', ' SMTPUTF8', null, false), 'UTF8SMTP')
  assert.equal(await word('EHLO', ' SMTPUTF8', TLS_STATE, false), 'UTF8SMTPS')
  assert.equal(await word('EHLO', ' SMTPUTF8', null, true), 'UTF8SMTPA')
  assert.equal(await word('EHLO', ' SMTPUTF8', TLS_STATE, true), 'UTF8SMTPSA')
})

test('RFC 3207: STARTTLS forgets what was said in the clear', async () => {
  const client = new TestClient()
  assert.equal(await client.say('STARTTLS\r\n'), '503 5.5.1 EHLO first\r\n')
  await client.say(ENVELOPE)
  assert.equal(await client.say('STARTTLS now\r\n'), '501 5.5.4 The command is malformed\r\n')
  assert.equal(await client.say('STARTTLS\r\n'), '220 2.0.0 Begin TLS now\r\n')
  assert(client.host.wantsTls)
  client.engine.secured(TLS_STATE)
  assert.equal(await client.say('RCPT TO:<ann@example.org>\r\n'), '503 5.5.1 MAIL first\r\n')
  assert.equal(await client.say('MAIL FROM:<>\r\n'), '503 5.5.1 EHLO first\r\n')
  assert.doesNotMatch(await client.say('EHLO c\r\n'), /STARTTLS/)
  assert.equal(await client.say('STARTTLS\r\n'), '503 5.5.1 TLS is active already\r\n')
  await client.say(`${ENVELOPE}DATA\r\n.\r\n`)
  assert.equal(client.host.arrived[0]?.transaction.protocol, 'ESMTPS')
  const without = new TestClient({ offersStartTls: false })
  assert.doesNotMatch(await without.say('EHLO c\r\n'), /STARTTLS/)
  assert.equal(await without.say('STARTTLS\r\n'), '502 5.5.1 STARTTLS is not offered\r\n')
})

test('while TLS is coming up, nothing is said in the clear', async () => {
  const client = new TestClient()
  await client.say('EHLO c\r\nSTARTTLS\r\n')
  client.engine.expire()
  assert.equal(client.take(), '')
  assert(client.host.hasEnded)
})

test('the host refuses: a sender, a message before it comes, a message that has come', async () => {
  const client = new TestClient()
  client.host.senderVerdict = refused(550, '5.7.1', 'Not you')
  assert.match(await client.say(ENVELOPE), /550 5\.7\.1 Not you\r\n503 5\.5\.1 MAIL first\r\n$/)
  client.host.senderVerdict = { kind: 'accepted' }
  client.host.opening = refused(452, '4.3.1', 'No space')
  assert.match(await client.say(`${ENVELOPE}DATA\r\n`), /452 4\.3\.1 No space\r\n$/)
  client.host.opening = null
  client.host.verdict = refused(451, '4.3.0', 'Not durable')
  assert.match(await client.say('DATA\r\nx\r\n.\r\nDATA\r\n'), /451 4\.3\.0 Not durable\r\n503 5\.5\.1 MAIL first\r\n$/)
  client.host.verdict = null
  client.host.senderVerdict = refused(421, '4.7.0', 'Come later')
  await client.say('MAIL FROM:<>\r\nNOOP\r\n')
  assert(client.host.hasEnded)
  assert.deepEqual(client.host.failures, [])
})

test('RFC 5321 §3.1: who speaks before the greeting, or is not welcome, is sent away', async () => {
  const greeted = new TestClient({}, 'ungreeted')
  greeted.engine.greeting()
  assert.equal(greeted.take(), '220 mx.example.org ESMTP Mailkeep\r\n')
  const early = new TestClient({}, 'ungreeted')
  assert.equal(await early.say('EHLO c\r\n'), '554 5.5.1 You spoke before you were greeted\r\n')
  early.engine.greeting()
  assert.equal(early.take(), '')
  assert.deepEqual(early.host.events, ['earlyTalker'])
  assert(early.host.hasEnded)
  const unwelcome = new TestClient({}, 'ungreeted')
  unwelcome.engine.greeting(refused(554, '5.7.1', 'Not from there'))
  assert.equal(unwelcome.take(), '554 5.7.1 Not from there\r\n')
  assert(unwelcome.host.hasEnded)
})

test('the connection is lost at any moment: what has begun is given up, what is committed stays', async () => {
  for (const input of [ENVELOPE, `${ENVELOPE}DATA\r\n`, `${ENVELOPE}DATA\r\nx\r\n`, `${ENVELOPE}BDAT 3\r\nabc`]) {
    const client = new TestClient()
    client.host.isSlow = true
    const running = client.engine.receive(Buffer.from(input))
    await client.host.pause()
    client.engine.close()
    await running
    const settled = new TestClient()
    await settled.say(input)
    settled.engine.close()
    await settled.engine.receive(Buffer.from('.\r\n'))
    assert.deepEqual([...client.host.failures, ...settled.host.failures], [])
    assert.deepEqual([client.host.arrived, settled.host.arrived], [[], []])
    assert.equal(settled.host.aborted, input === ENVELOPE ? 0 : 1)
  }
})

test('a fault of the environment ends the session, and the client tries again', async () => {
  const client = new TestClient()
  client.host.openMessage = () => Promise.reject(new Error('disk'))
  assert.match(await client.say(`${ENVELOPE}DATA\r\nNOOP\r\n`), /\r\n421 4\.3\.0 Internal error: try again later\r\n$/)
  assert(client.host.hasEnded)
  assert.equal((client.host.failures[0] as Error).message, 'disk')
})

test('a stop of the server waits for the message that is coming', async () => {
  const idle = new TestClient()
  idle.engine.bye('Server is stopping')
  assert.equal(idle.take(), '421 4.3.2 Server is stopping\r\n')
  assert(idle.host.hasEnded)
  const busy = new TestClient()
  await busy.say(`${ENVELOPE}DATA\r\nSubject: x\r\n`)
  busy.engine.bye('Server is stopping')
  assert(!busy.host.hasEnded)
  assert.equal(await busy.say('\r\n.\r\nNOOP\r\n'), '250 2.0.0 Accepted as m1\r\n421 4.3.2 Server is stopping\r\n')
  assert(busy.host.hasEnded)
  const securing = new TestClient()
  await securing.say('EHLO c\r\nSTARTTLS\r\n')
  securing.engine.bye('Server is stopping')
  assert(securing.host.hasEnded)
})
