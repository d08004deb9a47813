// APPEND of several messages (RFC 3502), of parts of others (RFC 4469), and REPLACE (RFC 8508), played.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient, newClient, play } from './test-client.test-support.ts'
import { NESTED, PLAIN, accountWith } from './test-messages.test-support.ts'

async function selected(account: MemoryAccount): Promise<TestClient> {
  const client = newClient(account)
  await client.command('s SELECT INBOX')
  return client
}

function contents(account: MemoryAccount): string[] {
  const view = account.view(1 as MailboxId)
  assert(view !== null)
  return Array.from(view.emails.subarray(0, view.count), (email) => account.items('header', [email])[0]!.toString())
}

test('RFC 3502: several messages, with flags and dates of their own, by one commit', async () => {
  const account = new MemoryAccount()
  await play(
    await selected(account),
    `
    C: a APPEND INBOX (\\Seen) {12}
    S: + Ready for the literal
    C: Subject: 1
     (\\Deleted) "17-Jul-1996 02:44:25 -0700" {12+}
    Subject: 2
     ~{12}
    S: + Ready for the literal
    C: Subject: 3
    
    S: * 3 EXISTS
    S: * 3 RECENT
    S: * 2 FETCH (UID 2 FLAGS (\\Deleted \\Recent))
    S: a OK [APPENDUID 1000 1:3] Appended
    C: b FETCH 1:3 (FLAGS INTERNALDATE)
    S: * 1 FETCH (FLAGS (\\Seen \\Recent) INTERNALDATE "20-Nov-2026 00:00:00 +0000")
    S: * 2 FETCH (FLAGS (\\Deleted \\Recent) INTERNALDATE "17-Jul-1996 09:44:25 +0000")
    S: * 3 FETCH (FLAGS (\\Recent) INTERNALDATE "20-Nov-2026 00:00:00 +0000")
    S: b OK That is all
    `,
  )
  assert.deepEqual(
    contents(account).map((text) => text.trim()),
    ['Subject: 1', 'Subject: 2', 'Subject: 3'],
  )
})

test('RFC 3502: if one of them cannot be stored, none is', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(shareAccount(account), 100)
  const refused = async (said: string, answer: string): Promise<void> => {
    assert.equal(await client.say(`${said}n NOOP\r\n`), `${answer}\r\nn OK Done\r\n`)
    assert.equal(account.mailboxByPath('INBOX')?.messages, 0)
  }
  await refused('a APPEND INBOX {3+}\r\nabc {0+}\r\n\r\n', 'a NO An empty message cannot be stored')
  await refused(`a APPEND INBOX {3+}\r\nabc {101+}\r\n${'x'.repeat(101)}\r\n`, 'a NO [TOOBIG] The message is too large')
  await refused(
    `a APPEND INBOX {60+}\r\n${'x'.repeat(60)} {60+}\r\n${'x'.repeat(60)}\r\n`,
    'a NO [LIMIT] These are too many messages at once',
  )
  await refused(`a APPEND INBOX${' {1+}\r\nx'.repeat(101)}\r\n`, 'a NO [LIMIT] These are too many messages at once')
  await refused(
    'a APPEND INBOX {3+}\r\nabc (\\Recent) {3+}\r\nabc\r\n',
    'a BAD Malformed command: \\Recent cannot be changed',
  )
  await refused(
    'a APPEND INBOX {3+}\r\nabc (\\Seen)\r\n',
    'a BAD Malformed command: a space expected, but the command ends',
  )
  account.refusal = 'overQuota'
  await refused('a APPEND INBOX {3+}\r\nabc {3+}\r\nabc\r\n', 'a NO [OVERQUOTA] The quota does not allow this')
})

test('many long messages at once are refused, and several are not', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(shareAccount(account), 50_000_000)
  const long = 300_000
  const literal = ` {${long}+}\r\n${'x'.repeat(long)}`
  assert.equal(await client.say(`a APPEND INBOX${literal.repeat(8)}\r\n`), 'a OK [APPENDUID 1000 1:8] Appended\r\n')
  assert.equal(
    await client.say(`a APPEND INBOX${literal.repeat(9)}\r\n`),
    'a NO [LIMIT] These are too many messages at once\r\n',
  )
  const short = ` {200000+}\r\n${'x'.repeat(200_000)}`
  assert.equal(await client.say(`a APPEND INBOX${short.repeat(2)}\r\n`), 'a OK [APPENDUID 1000 9:10] Appended\r\n')
  assert.equal(
    await client.say(`a APPEND INBOX${short.repeat(3)}\r\n`),
    'a NO [LIMIT] These are too many messages at once\r\n',
  )
})

test('RFC 4469: messages put together from text and from parts of others', async () => {
  const account = new MemoryAccount()
  account.deliver(NESTED)
  account.deliver(PLAIN)
  await play(
    await selected(account),
    `
    C: a APPEND INBOX (\\Draft) CATENATE (URL "/INBOX;UIDVALIDITY=1000/;UID=2/;SECTION=HEADER" TEXT {5+}
    hello URL /inbox/;uid=1/;section=2.1/;partial=6.4)
    S: * 3 EXISTS
    S: * 3 RECENT
    S: a OK [APPENDUID 1000 3] Appended
    C: b FETCH 3 (FLAGS BODY.PEEK[TEXT] RFC822.SIZE)
    S: * 3 FETCH (FLAGS (\\Draft \\Recent) RFC822.SIZE 116 BODY[TEXT] {9}
    hellotext)
    S: b OK That is all
    C: c APPEND INBOX CATENATE (URL "/INBOX/;UID=2") CATENATE (URL "/INBOX/;UID=2/;SECTION=HEADER.FIELDS%20(To)")
    S: * 5 EXISTS
    S: * 5 RECENT
    S: c OK [APPENDUID 1000 4:5] Appended
    C: d FETCH 4:5 (RFC822.SIZE BODY.PEEK[HEADER.FIELDS (To)])
    S: * 4 FETCH (RFC822.SIZE 115 BODY[HEADER.FIELDS (To)] {23}
    To: bob@example.org
    
    )
    S: * 5 FETCH (RFC822.SIZE 23 BODY[HEADER.FIELDS (To)] {23}
    To: bob@example.org
    
    )
    S: d OK That is all
    C: x CREATE other
    S: x OK [MAILBOXID (m2)] Created
    C: y APPEND other CATENATE (URL ";UID=2/;SECTION=HEADER" URL ;uid=2/;section=text)
    S: y OK [APPENDUID 1795132800 1] Appended
    C: z STATUS other (SIZE)
    S: * STATUS other (SIZE 115)
    S: z OK That is all
    C: e APPEND INBOX CATENATE (URL {13}
    S: + Ready for the literal
    C: /INBOX/;UID=2 TEXT {0+}
    )
    S: * 6 EXISTS
    S: * 6 RECENT
    S: e OK [APPENDUID 1000 6] Appended
    `,
  )
})

test('RFC 4469: URLs that name nothing here, and malformed lists of parts', async () => {
  const account = accountWith(1)
  const client = await selected(account)
  for (const url of [
    '/INBOX/;UID=2',
    '/INBOX/;UID=0',
    '/INBOX/;UID=4294967296',
    '/INBOX;UIDVALIDITY=999/;UID=1',
    '/INBOX;UIDVALIDITY=0/;UID=1',
    '/INBOX;X=1/;UID=1',
    '/nowhere/;UID=1',
    '/;UID=1',
    ';UID=2',
    ';UID=',
    'Other/;UID=1',
    ';UID=1/;UID=1',
    '//example.org/INBOX/;UID=1',
    'imap://example.org/INBOX/;UID=1',
    '/INBOX/;UID=1/;SECTION=9',
    '/INBOX/;UID=1/;SECTION=',
    '/INBOX/;UID=1/;SECTION=HEADER.FIELDS',
    '/INBOX/;UID=1/;SECTION=1%5D%5B',
    '/INBOX/;UID=1/;PARTIAL=x',
    '/INBOX/;UID=1/;PARTIAL=0.0',
    '/INBOX/;UID=1/;URLAUTH=anonymous',
    '/INBOX%zz/;UID=1',
    '/INBOX%ff/;UID=1',
    '/INBOX',
  ]) {
    assert.equal(
      await client.command(`a APPEND INBOX CATENATE (URL "${url}")`),
      `a NO [BADURL "${url}"] There is no such part of a message\r\n`,
    )
  }
  assert.equal(
    await client.command('a APPEND INBOX CATENATE (URL "/INBOX]/;UID=1")'),
    'a NO There is no such part of a message\r\n',
  )
  for (const [text, answer] of [
    ['CATENATE ()', 'TEXT or URL expected at character 26'],
    ['CATENATE (URL)', 'a space expected at character 29'],
    ['CATENATE (URL "/x"', 'a space expected, but the command ends'],
    ['CATENATE (TEXT "x")', 'the text as a literal expected at character 31'],
    ['CATENATE (URL "/x") x', 'the message as a literal expected at character 36'],
    ['CATENATE URL', '"(" expected at character 25'],
  ] as const) {
    assert.equal(await client.command(`a APPEND INBOX ${text}`), `a BAD Malformed command: ${answer}\r\n`)
  }
  assert.equal(
    await client.say('a APPEND INBOX CATENATE (TEXT {3+}\r\nabc URL "/INBOX/;UID=7" TEXT {3+}\r\nabc)\r\n'),
    'a NO [BADURL "/INBOX/;UID=7"] There is no such part of a message\r\n',
  )
  account.damaged.add(1)
  assert.equal(
    await client.command('a APPEND INBOX CATENATE (URL "/INBOX/;UID=1")'),
    'a NO [CORRUPTION] A message is damaged, and nothing was taken from it\r\n',
  )
  assert.equal(account.mailboxByPath('INBOX')?.messages, 1)
})

test('RFC 4469: what is put together may not be larger than what is appended', async () => {
  const account = accountWith(1)
  const client = new TestClient(shareAccount(account), 200)
  const url = 'URL "/INBOX/;UID=1"'
  assert.equal(
    await client.command(`a APPEND INBOX CATENATE (${url} ${url})`),
    'a NO [TOOBIG] The message is too large\r\n',
  )
  assert.equal(
    await client.say(`a APPEND INBOX CATENATE (TEXT {150+}\r\n${'x'.repeat(150)} ${url})\r\n`),
    'a NO [TOOBIG] The message is too large\r\n',
  )
  const text = `TEXT {90+}\r\n${'x'.repeat(90)}`
  assert.match(await client.say(`a APPEND INBOX CATENATE (${text} ${text})\r\n`), /^a OK /m)
  assert.equal(
    await client.say(`a APPEND INBOX CATENATE (${text} ${text}) CATENATE (TEXT {30+}\r\n${'x'.repeat(30)})\r\n`),
    'a NO [LIMIT] These are too many messages at once\r\n',
  )
})

test('RFC 8508: REPLACE is one commit, within a mailbox and to another', async () => {
  const account = accountWith(3)
  const client = await selected(account)
  await client.command('c CREATE Sent')
  const commits = account.commits
  await play(
    client,
    `
    C: a REPLACE 2 INBOX (\\Draft) {12}
    S: + Ready for the literal
    C: Subject: 1
    
    S: * OK [APPENDUID 1000 4] The new message is there
    S: * 2 EXPUNGE
    S: * 3 EXISTS
    S: * 3 RECENT
    S: a OK Replaced
    `,
  )
  assert.equal(account.commits, commits + 1)
  await play(
    client,
    `
    C: b UID REPLACE 4 Sent (\\Deleted) CATENATE (URL "/INBOX/;UID=4" TEXT {5+}
    hello)
    S: * OK [APPENDUID 1795132800 1] The new message is there
    S: * 3 EXPUNGE
    S: b OK Replaced
    C: c REPLACE * INBOX {3+}
    abc
    S: * OK [APPENDUID 1000 5] The new message is there
    S: * 2 EXPUNGE
    S: * 2 EXISTS
    S: * 2 RECENT
    S: c OK Replaced
    C: d UID SEARCH ALL
    S: * SEARCH 1 5
    S: d OK That is all
    C: e STATUS Sent (MESSAGES DELETED)
    S: * STATUS Sent (MESSAGES 1 DELETED 1)
    S: e OK That is all
    `,
  )
  assert.equal(account.commits, commits + 3)
})

test('RFC 8508: the old message stays when the mailbox of the new one is deleted meanwhile', async () => {
  const account = accountWith(1)
  const client = await selected(account)
  await client.command('c CREATE Sent')
  const other = newClient(account)
  let isDeleted = false
  account.beforeCommit = async () => {
    if (isDeleted) return
    isDeleted = true
    await other.command('d DELETE Sent')
  }
  assert.equal(
    await client.say('a REPLACE 1 Sent (\\Deleted) {3+}\r\nabc\r\n'),
    'a NO [TRYCREATE] The mailbox was deleted meanwhile\r\n',
  )
  assert.equal(account.mailboxByPath('INBOX')?.messages, 1)
  assert.equal(
    await client.command('b FETCH 1 (UID FLAGS)'),
    '* 1 FETCH (UID 1 FLAGS (\\Recent))\r\nb OK That is all\r\n',
  )
})

test('of what is refused nothing is there, whatever flags it was to have', async () => {
  const account = new MemoryAccount()
  const client = await selected(account)
  const before = account.commits
  account.refusal = 'unavailable'
  assert.match(await client.say('a APPEND INBOX (\\Deleted) {3+}\r\nabc {3+}\r\nabc\r\n'), /^a NO \[UNAVAILABLE\]/)
  account.refusal = null
  assert.match(
    await client.say('b APPEND INBOX {3+}\r\nabc (\\Deleted) {3+}\r\nabc\r\n'),
    /^b OK \[APPENDUID 1000 1:2\]/m,
  )
  assert.equal(account.commits, before + 1)
  assert.equal(
    await client.command('c FETCH 1:2 FLAGS'),
    '* 1 FETCH (FLAGS (\\Recent))\r\n* 2 FETCH (FLAGS (\\Deleted \\Recent))\r\nc OK That is all\r\n',
  )
})

test('a command that gets too long behind a message is answered by its tag', async () => {
  const client = await selected(new MemoryAccount())
  assert.equal(
    await client.say(`a APPEND INBOX {3+}\r\nabc ${'x'.repeat(70_000)}\r\nb NOOP\r\n`),
    'a BAD The command is too long\r\nb OK Done\r\n',
  )
})

test('RFC 8508: what is not replaced stays, and nothing is stored for it', async () => {
  const account = accountWith(2)
  const client = await selected(account)
  const refused = async (said: string, answer: string): Promise<void> => {
    assert.equal(await client.say(`${said}\r\n`), `${answer}\r\n`)
    assert.equal(account.mailboxByPath('INBOX')?.messages, 2)
  }
  await refused('a REPLACE 3 INBOX {3}', 'a BAD There is no message with that number')
  await refused('a UID REPLACE 9 INBOX {3}', 'a NO [NONEXISTENT] There is no message with that UID')
  await refused('a REPLACE 1 nowhere {3}', 'a NO [TRYCREATE] There is no such mailbox')
  await refused('a REPLACE 1 INBOX {0+}\r\n', 'a NO An empty message cannot be stored')
  await refused('a REPLACE 1 INBOX', 'a BAD Malformed command: the message as a literal expected')
  await refused('a REPLACE 1:2 INBOX {3}', 'a BAD Malformed command: a space expected at character 12')
  await refused('a REPLACE 0 INBOX {3}', 'a BAD Malformed command: a number over 0 expected at character 11')
  await refused('a REPLACE 1 INBOX {1+}\r\nx {1+}\r\nx', 'a BAD Malformed command: one message expected')
  await refused('a REPLACE 1 INBOX CATENATE (URL "/x")', 'a NO [BADURL "/x"] There is no such part of a message')
  account.refusal = 'overQuota'
  await refused('a REPLACE 1 INBOX {3+}\r\nabc', 'a NO [OVERQUOTA] The quota does not allow this')
  account.refusal = null
  await client.command('e EXAMINE INBOX')
  await refused('a REPLACE 1 INBOX {3}', 'a NO [READ-ONLY] The mailbox is read-only')
  await client.command('u UNSELECT')
  await refused('a REPLACE 1 INBOX {3}', 'a BAD Select a mailbox first')
})

test('RFC 8508: a message that another session expunged is not replaced', async () => {
  const shared = shareAccount(accountWith(1))
  const [client, other] = [new TestClient(shared), new TestClient(shared)]
  await client.command('s SELECT INBOX')
  await other.command('s SELECT INBOX')
  await other.command('a STORE 1 +FLAGS.SILENT (\\Deleted)')
  await other.command('b EXPUNGE')
  assert.equal(await client.command('a REPLACE 1 INBOX {3}'), 'a NO [EXPUNGEISSUED] The message was expunged\r\n')
})

test('RFC 8508 §4.5, RFC 9586: what REPLACE tells with QRESYNC, and UID REPLACE alone with UIDONLY', async () => {
  const account = accountWith(2)
  const client = newClient(account)
  await client.command('q ENABLE QRESYNC')
  await client.command('s SELECT INBOX')
  assert.match(
    await client.say('a REPLACE 1 INBOX {3+}\r\nabc\r\n'),
    /^\* OK \[APPENDUID 1000 3\] .*\r\n\* VANISHED 1\r\n\* 2 EXISTS\r\n(.*\r\n)*a OK \[HIGHESTMODSEQ \d+\] Replaced\r\n$/,
  )
  await client.command('u ENABLE UIDONLY')
  assert.match(
    await client.say('b REPLACE 1 INBOX {3+}\r\nabc\r\nn NOOP\r\n'),
    /^b BAD \[UIDREQUIRED\] .*\r\nn OK Done\r\n$/,
  )
  assert.match(await client.command('c REPLACE 1 INBOX CATENATE (URL ";UID=3")'), /^c BAD \[UIDREQUIRED\] /)
  assert.match(
    await client.say('d UID REPLACE 3 INBOX {3+}\r\nabc\r\n'),
    /\* VANISHED 3\r\n.*d OK \[HIGHESTMODSEQ \d+\]/s,
  )
})
