// The engine over the account as it is: a ledger on disk, sealed, with its index.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { ModelClient, runTogether } from './model-client.test-support.ts'
import { scripts } from './session-scripts.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient, play } from './test-client.test-support.ts'
import { NESTED, PLAIN } from './test-messages.test-support.ts'

async function openFixture(t: TestContext): Promise<{ fixture: Fixture; account: OpenAccount }> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-imap-'))
  const fixture = await makeFixture(directory)
  const account = await fixture.open()
  t.after(async () => {
    await account.close()
    await fixture.close()
    fs.rmSync(directory, { recursive: true })
  })
  return { fixture, account }
}

async function append(client: TestClient, mailbox: string, message: Buffer, flags = '()'): Promise<void> {
  const text = `x APPEND ${mailbox} ${flags} "17-Nov-2026 09:00:00 +0000" {${message.length}+}\r\n${message.toString('latin1')}\r\n`
  assert.match(await client.say(text), /^x OK \[APPENDUID/m)
}

test('a session on a real account', async (t) => {
  const { account } = await openFixture(t)
  const client = new TestClient(shareAccount(account))
  await client.command('a CREATE box')
  await append(client, 'box', PLAIN)
  await append(client, 'box', NESTED, '(\\Seen todo)')
  await client.command('b SELECT box')
  await play(
    client,
    `
    C: a FETCH 1:2 (UID FLAGS INTERNALDATE RFC822.SIZE)
    S: * 1 FETCH (UID 1 FLAGS (\\Recent) INTERNALDATE "17-Nov-2026 09:00:00 +0000" RFC822.SIZE 115)
    S: * 2 FETCH (UID 2 FLAGS (\\Seen todo \\Recent) INTERNALDATE "17-Nov-2026 09:00:00 +0000" RFC822.SIZE 519)
    S: a OK That is all
    C: b FETCH 1 (ENVELOPE BODY.PEEK[TEXT] BODY.PEEK[HEADER.FIELDS (To)])
    S: * 1 FETCH (ENVELOPE ("Tue, 17 Nov 2026 10:00:00 +0100" "Hello" (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) ((NIL NIL "bob" "example.org")) NIL NIL NIL NIL) BODY[HEADER.FIELDS (To)] {23}
    To: bob@example.org
    
     BODY[TEXT] {8}
    Hi Bob
    )
    S: b OK That is all
    C: c FETCH 2 (BODY.PEEK[2.1] BINARY.PEEK[1])
    S: * 2 FETCH (BODY[2.1] {10}
    inner text BINARY[1] ~{4}
    \u0000hi\u0000)
    S: c OK That is all
    C: d SEARCH TEXT "inner text"
    S: * SEARCH 2
    S: d OK That is all
    C: e SEARCH OR FROM ann KEYWORD todo
    S: * SEARCH 1 2
    S: e OK That is all
    C: f STORE 1 +FLAGS (\\Deleted \\Flagged)
    S: * 1 FETCH (UID 1 FLAGS (\\Flagged \\Deleted \\Recent))
    S: f OK Stored
    C: g EXPUNGE
    S: * 1 EXPUNGE
    S: g OK Expunged
    C: h FETCH 1 BODY[1]
    S: * 1 FETCH (BODY[1] {8}
    AGhpAA==)
    S: h OK That is all
    C: i RENAME box other/place
    S: i OK Renamed
    C: j STATUS other/place (MESSAGES UNSEEN UIDNEXT)
    S: * STATUS other/place (MESSAGES 1 UNSEEN 0 UIDNEXT 3)
    S: j OK That is all
    C: k DELETE other/place
    S: * 1 EXPUNGE
    S: k OK Deleted
    C: m LIST "" %
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * LIST (\\HasNoChildren \\Archive) "/" Archive
    S: * LIST (\\HasNoChildren \\Drafts) "/" Drafts
    S: * LIST (\\HasNoChildren \\Junk) "/" Junk
    S: * LIST (\\HasNoChildren \\Sent) "/" Sent
    S: * LIST (\\HasNoChildren \\Trash) "/" Trash
    S: * LIST (\\HasNoChildren) "/" other
    S: m OK That is all
    `,
  )
})

test('a conditional STORE on a real account', async (t) => {
  const { account } = await openFixture(t)
  const client = new TestClient(shareAccount(account))
  await append(client, 'INBOX', PLAIN)
  await append(client, 'INBOX', PLAIN)
  await client.command('a SELECT INBOX')
  const modseq = Number(/MODSEQ \((\d+)\)/.exec(await client.command('b FETCH 2 MODSEQ'))?.[1])
  const reply = await client.command(`c STORE 1:2 (UNCHANGEDSINCE ${modseq - 1}) FLAGS (\\Seen \\Deleted)`)
  assert.match(
    reply,
    /^\* 1 FETCH \(UID 1 FLAGS \(\\Seen \\Deleted \\Recent\) MODSEQ \(\d+\)\)\r\nc OK \[MODIFIED 2\] /,
  )
})

test('mail that is delivered while a client is in IDLE is told at once', async (t) => {
  const { account, fixture } = await openFixture(t)
  const client = new TestClient(shareAccount(account))
  await client.command('a SELECT INBOX')
  await client.command('b IDLE')
  const { promise: filed, resolve } = Promise.withResolvers<void>()
  using _ = account.subscribe(() => resolve())
  await fixture.deliver(PLAIN)
  await filed
  await client.pause()
  assert.match(client.take(), /^\* 1 EXISTS\r\n\* 1 RECENT\r\n/)
})

test('concurrent sessions on a real account', async (t) => {
  const { account } = await openFixture(t)
  const shared = shareAccount(account)
  const setup = new TestClient(shared)
  await setup.command('a CREATE other')
  let round = 0
  await fc.assert(
    fc.asyncProperty(scripts, fc.nat(6), async (scripts, initial) => {
      const name = `box${round++}`
      await setup.command(`a CREATE ${name}`)
      for (let index = 0; index < initial; index++) await append(setup, name, PLAIN)
      const models = scripts.map(() => new ModelClient(new TestClient(shared)))
      for (const model of models) {
        await model.say(`SELECT ${name}`)
        await model.say('FETCH 1:* (UID FLAGS)')
      }
      await runTogether(
        models,
        scripts.map((lines) => lines.map((line) => line.replace('INBOX', name))),
      )
      const mailbox = account.mailboxByPath(name)
      const view = mailbox === null ? null : account.view(mailbox.id)
      assert(view !== null)
      for (const model of models) {
        model.compare(view, (id) => account.flagSet(id))
        model.client.engine.close()
      }
    }),
    { numRuns: 40 },
  )
})

test('QRESYNC on a real account, after the index was made again too', async (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-imap-'))
  t.after(() => fs.rmSync(directory, { recursive: true }))
  const fixture = await makeFixture(directory, { quick: true })
  const account = await fixture.open()
  const writer = new TestClient(shareAccount(account))
  for (let index = 0; index < 6; index++) await append(writer, 'INBOX', PLAIN)
  await writer.command('a CREATE box')
  await writer.command('b SELECT INBOX')
  const modseq = Number(
    /STATUS INBOX \(HIGHESTMODSEQ (\d+)/.exec(await writer.command('c STATUS INBOX (HIGHESTMODSEQ)'))?.[1],
  )
  await writer.command('d STORE 2:3 +FLAGS.SILENT (\\Deleted)')
  await writer.command('e EXPUNGE')
  await writer.command('f UID MOVE 6 box')
  await writer.command('g UID STORE 5 +FLAGS.SILENT (\\Flagged)')
  const news = async (client: TestClient): Promise<string[]> => {
    await client.command('e ENABLE QRESYNC')
    const reply = await client.command(`s SELECT INBOX (QRESYNC (1 ${modseq}))`)
    const uidValidity = /UIDVALIDITY (\d+)/.exec(reply)?.[1]
    const lines = (await client.command(`s SELECT INBOX (QRESYNC (${uidValidity} ${modseq}))`)).split('\r\n')
    return lines.filter((line) => /VANISHED|FETCH/.test(line)).map((line) => line.replace(/ MODSEQ.*/, ''))
  }
  const expected = ['* VANISHED (EARLIER) 2:3,6', '* 3 FETCH (UID 5 FLAGS (\\Flagged)']
  assert.deepEqual(await news(new TestClient(shareAccount(account))), expected)
  await account.close()
  fs.rmSync(fixture.indexDirectory, { recursive: true })
  const again = await fixture.open()
  assert.deepEqual(await news(new TestClient(shareAccount(again))), expected)
  await again.close()
  await fixture.close()
})
