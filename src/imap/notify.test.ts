// NOTIFY (RFC 5465), played with other sessions that change things.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { makeFixture } from '#account/account-fixture.ts'
import type { Account } from '#account/account.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient, play } from './test-client.test-support.ts'

const MESSAGE = 'From: Ann <ann@example.org>\r\nSubject: News\r\n\r\nHello\r\n'

async function append(client: TestClient, mailbox: string, flags = '()'): Promise<void> {
  assert.match(await client.say(`x APPEND ${mailbox} ${flags} {${MESSAGE.length}+}\r\n${MESSAGE}\r\n`), /^x OK/m)
}

function sessions(account: Account): { watcher: TestClient; other: TestClient } {
  const shared = shareAccount(account)
  return { watcher: new TestClient(shared), other: new TestClient(shared) }
}

/** What came unasked. */
async function told(client: TestClient): Promise<string> {
  await client.pause()
  await client.pause()
  return client.take()
}

async function realAccount(t: TestContext): Promise<Account> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-imap-'))
  const fixture = await makeFixture(directory, { quick: true })
  const account = await fixture.open()
  t.after(async () => {
    await account.close()
    await fixture.close()
    fs.rmSync(directory, { recursive: true })
  })
  return account
}

for (const kind of ['in memory', 'on disk'] as const) {
  const open = (t: TestContext): Promise<Account> =>
    kind === 'in memory' ? Promise.resolve(new MemoryAccount()) : realAccount(t)

  test(`RFC 5465 §5.2, §5.3, §5.1: messages of other mailboxes, by STATUS (account ${kind})`, async (t) => {
    const { watcher, other } = sessions(await open(t))
    await other.command('a CREATE Lists')
    await other.command('b CREATE Lists/One')
    await append(other, 'Lists/One', '(\\Seen)')
    const reply = await watcher.command(
      'c NOTIFY SET STATUS (subtree Lists (MessageNew MessageExpunge FlagChange)) (mailboxes INBOX (MessageNew MessageExpunge))',
    )
    assert.match(reply, /^\* STATUS INBOX \(MESSAGES 0 UIDNEXT 1 UIDVALIDITY \d+\)$/m)
    assert.match(reply, /^\* STATUS Lists \(MESSAGES 0 UIDNEXT 1 UIDVALIDITY \d+ UNSEEN 0 HIGHESTMODSEQ \d+\)$/m)
    assert.match(reply, /^\* STATUS Lists\/One \(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \d+ UNSEEN 0 HIGHESTMODSEQ \d+\)$/m)
    await append(other, 'Lists/One')
    assert.match(await told(watcher), /^\* STATUS Lists\/One \(MESSAGES 2 UIDNEXT 3 UIDVALIDITY \d+ UNSEEN 1\)\r\n$/)
    await other.command('d SELECT Lists/One')
    await other.command('e STORE 2 +FLAGS (\\Seen \\Deleted)')
    assert.match(await told(watcher), /^(\* STATUS Lists\/One \(UIDVALIDITY \d+ UNSEEN 0\)\r\n)+$/)
    await other.command('f EXPUNGE')
    assert.match(await told(watcher), /^\* STATUS Lists\/One \(MESSAGES 1 UIDNEXT 3 UIDVALIDITY \d+ UNSEEN 0\)\r\n$/)
    await append(other, 'INBOX')
    assert.match(await told(watcher), /^\* STATUS INBOX \(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \d+\)\r\n$/)
    // Flags of INBOX were not asked for.
    await other.command('g SELECT INBOX')
    await other.command('h STORE 1 +FLAGS \\Seen')
    assert.equal(await told(watcher), '')
    await watcher.command('i ENABLE CONDSTORE')
    await append(other, 'INBOX')
    assert.match(
      await told(watcher),
      /^\* STATUS INBOX \(MESSAGES 2 UIDNEXT 3 UIDVALIDITY \d+ HIGHESTMODSEQ \d+\)\r\n$/,
    )
    await watcher.command('j NOTIFY NONE')
    await append(other, 'INBOX')
    assert.equal(await told(watcher), '')
  })

  test(`RFC 5465 §5.2: items of new messages of the selected mailbox (account ${kind})`, async (t) => {
    const { watcher, other } = sessions(await open(t))
    await watcher.command('a SELECT INBOX')
    await append(other, 'INBOX')
    assert.equal(
      await watcher.command(
        'b NOTIFY SET (selected (MessageNew (UID FLAGS BODY.PEEK[HEADER.FIELDS (Subject)]) MessageExpunge FlagChange))',
      ),
      '* 1 EXISTS\r\n* 1 RECENT\r\n* 1 FETCH (UID 1 FLAGS (\\Recent) BODY[HEADER.FIELDS (Subject)] {17}\r\nSubject: News\r\n\r\n)\r\nb OK So it will be\r\n',
    )
    await append(other, 'INBOX', '(\\Flagged)')
    assert.equal(
      await told(watcher),
      '* 2 EXISTS\r\n* 2 RECENT\r\n* 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent) BODY[HEADER.FIELDS (Subject)] {17}\r\nSubject: News\r\n\r\n)\r\n',
    )
    await other.command('c SELECT INBOX')
    await other.command('d STORE 1 +FLAGS (\\Deleted)')
    assert.equal(await told(watcher), '* 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent))\r\n')
    await other.command('e EXPUNGE')
    assert.equal(await told(watcher), '* 1 EXPUNGE\r\n')
    // Its own messages it knows.
    assert.match(
      await watcher.say(`f APPEND INBOX {${MESSAGE.length}+}\r\n${MESSAGE}\r\n`),
      /^\* 2 EXISTS\r\n\* 2 RECENT\r\nf OK \[APPENDUID \d+ 3\][^\r]*\r\n$/,
    )
    assert.match(await watcher.command('g COPY 1 INBOX'), /^\* 3 EXISTS\r\n\* 3 RECENT\r\ng OK \[COPYUID[^\r]*\r\n$/)
    assert.equal(await told(watcher), '')
    // In IDLE the same is told as without.
    await watcher.command('h IDLE')
    await append(other, 'INBOX')
    assert.match(await told(watcher), /^\* 4 EXISTS\r\n\* 4 RECENT\r\n\* 4 FETCH \(UID 5 FLAGS /)
    await watcher.command('DONE')
  })

  test(`RFC 5465 §5.4, §5.5: names and subscriptions (account ${kind})`, async (t) => {
    const { watcher, other } = sessions(await open(t))
    await other.command('a CREATE box')
    await watcher.command('b NOTIFY SET (personal (MailboxName SubscriptionChange))')
    await other.command('c CREATE box/in')
    assert.equal(await told(watcher), '* LIST (\\HasNoChildren) "/" box/in\r\n* LIST (\\HasChildren) "/" box\r\n')
    await other.command('d RENAME box "new box"')
    assert.equal(await told(watcher), '* LIST (\\HasChildren) "/" "new box" ("OLDNAME" (box))\r\n')
    await other.command('e SUBSCRIBE "new box/in"')
    assert.equal(await told(watcher), '* LIST (\\Subscribed \\HasNoChildren) "/" "new box/in"\r\n')
    await other.command('f DELETE "new box/in"')
    assert.equal(
      await told(watcher),
      '* LIST (\\NonExistent \\Subscribed \\HasNoChildren) "/" "new box/in"\r\n* LIST (\\HasNoChildren) "/" "new box"\r\n',
    )
    await other.command('g UNSUBSCRIBE "new box/in"')
    assert.equal(await told(watcher), '* LIST (\\NonExistent \\HasNoChildren) "/" "new box/in"\r\n')
    // What it does itself it knows.
    const own = await watcher.say(
      'h CREATE own/place\r\ni RENAME own/place own/other\r\nj SUBSCRIBE own/other\r\nk UNSUBSCRIBE own/other\r\nl DELETE own/other\r\n',
    )
    assert.doesNotMatch(own, /^\*/m)
    assert.equal(await told(watcher), '')
    await watcher.command('k NOTIFY SET (subscribed (SubscriptionChange))')
    await other.say('k SUBSCRIBE "new box"\r\nl UNSUBSCRIBE "new box"\r\n')
    assert.match(
      await told(watcher),
      /^\* LIST \((\\Subscribed )?\\HasNoChildren\) "\/" "new box"\r\n\* LIST \(\\HasNoChildren\) "\/" "new box"\r\n$/,
    )
    await watcher.command('m NOTIFY SET (mailboxes "new box" (MailboxName))')
    await other.command('n CREATE elsewhere')
    assert.equal(await told(watcher), '')
    await other.command('o CREATE "new box/again"')
    assert.equal(await told(watcher), '* LIST (\\HasChildren) "/" "new box"\r\n')
    await other.command('p RENAME "new box" gone')
    assert.equal(await told(watcher), '* LIST (\\HasChildren) "/" gone ("OLDNAME" ("new box"))\r\n')
  })

  test(`RFC 5465 §5.6, §5.7: annotations (account ${kind})`, async (t) => {
    const { watcher, other } = sessions(await open(t))
    await watcher.command('a NOTIFY SET (mailboxes INBOX (MailboxMetadataChange ServerMetadataChange))')
    await other.command('b SETMETADATA INBOX (/private/comment "x" /shared/comment "y")')
    assert.equal(await told(watcher), '* METADATA INBOX /private/comment /shared/comment\r\n')
    await other.command('c SETMETADATA INBOX (/private/comment NIL /shared/comment "y")')
    assert.equal(await told(watcher), '* METADATA INBOX /private/comment\r\n')
    await other.command('d SETMETADATA "" (/private/comment "z")')
    assert.equal(await told(watcher), '* METADATA "" /private/comment\r\n')
    assert.equal(await watcher.command('e SETMETADATA INBOX (/private/comment "own")'), 'e OK Noted\r\n')
    assert.equal(await told(watcher), '')
  })
}

test('RFC 5465 §6.1.2: SELECTED-DELAYED keeps sequence numbers until a command allows others', async () => {
  const account = new MemoryAccount()
  const { watcher, other } = sessions(account)
  for (let index = 0; index < 3; index++) account.deliver(Buffer.from(MESSAGE))
  await watcher.command('a SELECT INBOX')
  await watcher.command('b NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange))')
  await other.command('c SELECT INBOX')
  await other.command('d STORE 1 +FLAGS (\\Deleted)')
  assert.equal(await told(watcher), '* 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent))\r\n')
  await other.command('e EXPUNGE')
  assert.equal(await told(watcher), '')
  assert.match(await watcher.command('f FETCH 2 UID'), /^\* 2 FETCH \(UID 2\)\r\nf OK/)
  assert.equal(await watcher.command('g NOOP'), '* 1 EXPUNGE\r\ng OK Done\r\n')
})

test('RFC 5465 §3.1: without a word of the selected mailbox nothing of it is told, but what the client does itself', async () => {
  const account = new MemoryAccount()
  const { watcher, other } = sessions(account)
  for (let index = 0; index < 3; index++) account.deliver(Buffer.from(MESSAGE))
  await watcher.command('a SELECT INBOX')
  await watcher.command('b NOTIFY SET (personal (MailboxName))')
  await other.command('c SELECT INBOX')
  await other.command('d STORE 1 +FLAGS (\\Deleted)')
  await other.command('e EXPUNGE')
  await other.command('f STORE 2 +FLAGS (\\Seen)')
  account.deliver(Buffer.from(MESSAGE))
  assert.equal(await watcher.command('g NOOP'), 'g OK Done\r\n')
  await play(
    watcher,
    `
    C: h STORE 2 +FLAGS (\\Flagged)
    S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent))
    S: h OK Stored
    C: i FETCH 1 FLAGS
    S: i NO [EXPUNGEISSUED] Some of the messages were expunged
    C: j STORE 2 +FLAGS.SILENT (\\Deleted)
    S: j OK Stored
    C: k EXPUNGE
    S: * 2 EXPUNGE
    S: * 1 EXPUNGE
    S: * 2 EXISTS
    S: * 2 RECENT
    S: k OK Expunged
    C: l NOTIFY SET (selected (MessageNew MessageExpunge FlagChange))
    S: * 1 FETCH (UID 3 FLAGS (\\Seen \\Recent))
    S: l OK So it will be
    C: m NOTIFY NONE
    S: m OK Nothing will be told
    C: n IDLE
    S: + idling
    `,
  )
  account.deliver(Buffer.from(MESSAGE))
  assert.equal(await told(watcher), '')
})

test('RFC 7162 §3.2: what was not told of flags is not claimed to be known', async () => {
  const account = new MemoryAccount()
  const { watcher, other } = sessions(account)
  account.deliver(Buffer.from(MESSAGE))
  await watcher.command('a ENABLE QRESYNC')
  const modseq = /HIGHESTMODSEQ (\d+)/.exec(await watcher.command('b SELECT INBOX'))?.[1]
  await watcher.command('c NOTIFY SET (selected (MessageNew MessageExpunge))')
  await other.command('d SELECT INBOX')
  await other.command('e STORE 1 +FLAGS (\\Seen)')
  account.deliver(Buffer.from(MESSAGE))
  assert.match(await told(watcher), new RegExp(`\\* 2 EXISTS\r\n.*\\* OK \\[HIGHESTMODSEQ ${modseq}\\]`, 's'))
})

test('RFC 5465 §3.1, §5, §6.1: what is refused', async () => {
  const known =
    'MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange'
  const { watcher } = sessions(new MemoryAccount())
  const pair = 'MessageNew and MessageExpunge go together, and FlagChange with both'
  const both = 'MessageNew MessageExpunge'
  for (const [groups, reply] of [
    [`(selected (${both} AnnotationChange))`, `NO [BADEVENT (${known})] There is no such event`],
    ['(personal (Frob))', `NO [BADEVENT (${known})] There is no such event`],
    ['(selected (MessageNew))', `BAD Malformed command: ${pair}`],
    ['(selected (FlagChange))', `BAD Malformed command: ${pair}`],
    [`(selected (${both} MailboxName))`, 'BAD Malformed command: only events of messages are for the selected mailbox'],
    [`(selected (${both})) (selected-delayed NONE)`, 'BAD Malformed command: the selected mailbox is named twice'],
    [
      '(personal (MessageNew (UID) MessageExpunge))',
      'BAD Malformed command: items to fetch are for the selected mailbox',
    ],
    ['(subtree-one a (MailboxName))', 'BAD Malformed command: subtree-one is for ESEARCH'],
    ['(personal NONE', 'BAD Malformed command: ")" expected, but the command ends'],
  ]) {
    assert.equal(await watcher.command(`a NOTIFY SET ${groups}`), `a ${reply}\r\n`)
  }
  assert.match(await watcher.command('b NOTIFY'), /^b BAD/)
  assert.match(
    await watcher.command(`c NOTIFY SET ${'(personal NONE) '.repeat(101).trim()}`),
    /^c NO \[NOTIFICATIONOVERFLOW\]/,
  )
  assert.equal(await watcher.command('d NOTIFY SET (personal NONE)'), 'd OK So it will be\r\n')
})

test('RFC 5465 §5.8: the client is told of the overflow, and of nothing more', async () => {
  const account = new MemoryAccount()
  const { watcher } = sessions(account)
  await watcher.command('a NOTIFY SET (personal (MessageNew MessageExpunge))')
  const operations = Array.from({ length: 1_100 }, (_, index) => ({
    kind: 'createMailbox' as const,
    parent: null,
    name: `n${index}`,
    role: null,
    uidValidity: 1,
    subscribed: false,
  }))
  const outcomes = await account.commit(operations)
  const all = outcomes.map((outcome) => (outcome.applied ? (outcome.mailbox as MailboxId) : (0 as MailboxId)))
  const staged = account.stage()
  await staged.write(Buffer.from(MESSAGE))
  const file = { kind: 'file', record: { message: 0 }, mailboxes: all, keywords: [] } as const
  await account.commit([{ ...file, internalDate: 0, thread: null, source: 'appended' }], [{ staged }])
  assert.equal(await told(watcher), '* OK [NOTIFICATIONOVERFLOW] More happened than can be told: say NOTIFY again\r\n')
  account.deliver(Buffer.from(MESSAGE))
  assert.equal(await told(watcher), '')
})
