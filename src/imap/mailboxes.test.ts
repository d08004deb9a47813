// Commands about mailboxes, played.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareAccount } from './shared-account.ts'
import { TestClient, newClient, play } from './test-client.test-support.ts'
import { accountWith } from './test-messages.test-support.ts'
import { MemoryAccount } from './memory-account.test-support.ts'

test('RFC 3501 §6.3.1, §6.3.2: SELECT and EXAMINE', async () => {
  await play(
    newClient(accountWith(2)),
    `
    C: a EXAMINE inbox
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS ()] Limited
    S: * 2 EXISTS
    S: * 2 RECENT
    S: * OK [UNSEEN 1] The first unseen message
    S: * OK [UIDVALIDITY 1000] UIDs are valid
    S: * OK [UIDNEXT 3] The next UID
    S: * OK [HIGHESTMODSEQ 4] The latest change
    S: a OK [READ-ONLY] Examining
    C: b STORE 1 +FLAGS (\\Seen)
    S: b NO [READ-ONLY] The mailbox is read-only
    C: c EXPUNGE
    S: c NO [READ-ONLY] The mailbox is read-only
    C: d SELECT INBOX
    S: * OK [CLOSED] The mailbox is closed
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Limited
    S: * 2 EXISTS
    S: * 2 RECENT
    S: * OK [UNSEEN 1] The first unseen message
    S: * OK [UIDVALIDITY 1000] UIDs are valid
    S: * OK [UIDNEXT 3] The next UID
    S: * OK [HIGHESTMODSEQ 4] The latest change
    S: d OK [READ-WRITE] Selected
    C: e SELECT nowhere
    S: * OK [CLOSED] The mailbox is closed
    S: e NO [NONEXISTENT] There is no such mailbox
    C: f FETCH 1 FLAGS
    S: f BAD Select a mailbox first
    `,
  )
})

test('RFC 3501 §2.3.2: a message is recent in the one session that is told first', async () => {
  const account = accountWith(1)
  const shared = shareAccount(account)
  const [first, second] = [new TestClient(shared), new TestClient(shared)]
  assert.match(await second.command('a EXAMINE INBOX'), /\* 1 RECENT/)
  assert.match(await first.command('a SELECT INBOX'), /\* 1 RECENT/)
  assert.match(await second.command('b SELECT INBOX'), /\* 0 RECENT/)
  account.deliver(Buffer.from('Subject: x\r\n\r\n'))
  assert.match(await first.command('b STATUS INBOX (RECENT)'), /RECENT 1/)
  assert.equal(await second.command('c NOOP'), '* 2 EXISTS\r\n* 0 RECENT\r\nc OK Done\r\n')
  assert.equal(
    await second.command('d FETCH 1:2 FLAGS'),
    '* 1 FETCH (FLAGS ())\r\n* 2 FETCH (FLAGS ())\r\nd OK That is all\r\n',
  )
  assert.equal(
    await first.command('e FETCH 1:2 FLAGS'),
    '* 1 FETCH (FLAGS (\\Recent))\r\n* 2 FETCH (FLAGS (\\Recent))\r\ne OK That is all\r\n',
  )
})

test('RFC 3501 §6.3.3, §6.3.4: CREATE and DELETE', async () => {
  await play(
    newClient(),
    `
    C: a CREATE one/two/three
    S: a OK Created
    C: b CREATE one/two
    S: b NO [ALREADYEXISTS] There is a mailbox of that name
    C: c CREATE inbox
    S: c NO [ALREADYEXISTS] There is a mailbox of that name
    C: d CREATE Entw&APw-rfe/
    S: d OK Created
    C: e CREATE a&b
    S: e BAD Malformed command: the mailbox name is not well-formed modified UTF-7
    C: f CREATE a//b
    S: f NO [CANNOT] A mailbox cannot have that name
    C: g DELETE one
    S: g NO [HASCHILDREN] There are mailboxes in it
    C: h DELETE one/two/three
    S: h OK Deleted
    C: i DELETE one/two/three
    S: i NO [NONEXISTENT] There is no such mailbox
    C: j DELETE INBOX
    S: j NO [CANNOT] INBOX cannot be deleted
    C: k LIST "" *
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * LIST (\\HasNoChildren) "/" Entw&APw-rfe
    S: * LIST (\\HasChildren) "/" one
    S: * LIST (\\HasNoChildren) "/" one/two
    S: k OK That is all
    `,
  )
})

test('a name that is used again has a greater UIDVALIDITY', async () => {
  const client = newClient()
  const seen: number[] = []
  for (let round = 0; round < 3; round++) {
    await client.command('a CREATE x')
    seen.push(Number(/UIDVALIDITY (\d+)/.exec(await client.command('b STATUS x (UIDVALIDITY)'))?.[1]))
    await client.command('c DELETE x')
  }
  assert(seen[0]! < seen[1]! && seen[1]! < seen[2]!)
})

test('RFC 3501 §6.3.5: RENAME', async () => {
  await play(
    newClient(accountWith(1)),
    `
    C: a CREATE one/two
    S: a OK Created
    C: b RENAME one new/place
    S: b OK Renamed
    C: c LIST "" new*
    S: * LIST (\\HasChildren) "/" new
    S: * LIST (\\HasChildren) "/" new/place
    S: * LIST (\\HasNoChildren) "/" new/place/two
    S: c OK That is all
    C: d RENAME new/place new/place/two/three
    S: d NO [CANNOT] A mailbox cannot have that name
    C: e RENAME nowhere x
    S: e NO [NONEXISTENT] There is no such mailbox
    C: f RENAME new inbox
    S: f NO [ALREADYEXISTS] There is a mailbox of that name
    C: g RENAME INBOX old
    S: g OK The messages of INBOX were moved
    C: h STATUS old (MESSAGES)
    S: * STATUS old (MESSAGES 1)
    S: h OK That is all
    C: i STATUS INBOX (MESSAGES UIDNEXT)
    S: * STATUS INBOX (MESSAGES 0 UIDNEXT 2)
    S: i OK That is all
    `,
  )
})

test('RFC 9051: with IMAP4rev2 enabled', async () => {
  await play(
    newClient(accountWith(1)),
    `
    C: a ENABLE IMAP4rev2
    S: * ENABLED IMAP4rev2
    S: a OK Enabled
    C: b CREATE "Entw\u00c3\u00bcrfe"
    S: b OK Created
    C: c LIST "" E*
    S: * LIST (\\HasNoChildren) "/" "Entw\u00c3\u00bcrfe"
    S: c OK That is all
    C: d SELECT inbox
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Limited
    S: * 1 EXISTS
    S: * OK [UIDVALIDITY 1000] UIDs are valid
    S: * OK [UIDNEXT 2] The next UID
    S: * OK [HIGHESTMODSEQ 3] The latest change
    S: * LIST () "/" INBOX
    S: d OK [READ-WRITE] Selected
    C: e FETCH 1 FLAGS
    S: * 1 FETCH (FLAGS ())
    S: e OK That is all
    C: f SEARCH ALL
    S: * ESEARCH (TAG "f") ALL 1
    S: f OK That is all
    C: g UID SEARCH UNSEEN
    S: * ESEARCH (TAG "g") UID ALL 1
    S: g OK That is all
    C: h UNSELECT
    S: h OK Unselected
    `,
  )
})

test('what the log refuses is answered, and nothing has changed', async () => {
  const account = new MemoryAccount()
  const client = newClient(account)
  for (const [reason, reply] of [
    ['overQuota', 'a NO [OVERQUOTA] The quota does not allow this\r\n'],
    ['tooLarge', 'a NO [LIMIT] This is more than can be stored at once\r\n'],
    ['noSpace', 'a NO [UNAVAILABLE] Nothing can be stored at the moment; nothing was changed\r\n'],
    ['unavailable', 'a NO [UNAVAILABLE] Nothing can be stored at the moment; nothing was changed\r\n'],
  ] as const) {
    account.refusal = reason
    assert.equal(await client.command('a CREATE x'), reply)
  }
  assert.equal(account.mailboxes().length, 1)
})

test('a command of which nobody knows whether it was done is not answered', async () => {
  const account = new MemoryAccount()
  const client = newClient(account)
  account.refusal = 'inDoubt'
  await client.engine.receive(Buffer.from('a CREATE x\r\n'))
  assert.equal(client.take(), '* BYE Nobody knows whether that was done: log in again and look\r\n')
  assert(client.hasEnded)
  assert.equal(client.failures.length, 1)
})

test('a mailbox that another session deletes is empty', async () => {
  const account = new MemoryAccount()
  const client = newClient(account)
  await client.command('a CREATE x')
  account.deliver(Buffer.from('Subject: x\r\n\r\n'), account.mailboxByPath('x')!.id)
  await client.command('b SELECT x')
  await newClient(account).command('a DELETE x')
  assert.equal(await client.command('c FETCH 1 FLAGS'), 'c NO [EXPUNGEISSUED] Some of the messages were expunged\r\n')
  assert.equal(await client.command('d NOOP'), '* 1 EXPUNGE\r\nd OK Done\r\n')
  assert.equal(await client.command('e SEARCH ALL'), '* SEARCH\r\ne OK That is all\r\n')
})
