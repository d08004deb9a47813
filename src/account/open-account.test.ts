import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import type { EmailId, MailboxId } from '#base/ids.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import type { Change } from './account.ts'
import type { OpenAccount } from './open-account.ts'
import { INBOX } from './state.ts'

async function fixture(t: TestContext): Promise<Fixture> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-account-'))
  const made = await makeFixture(directory, { quick: true })
  t.after(async () => {
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  return made
}

function message(subject: string, extra = ''): Buffer {
  return Buffer.from(
    `From: Ada <ada@example.test>\r\nTo: Bob <bob@example.test>\r\nSubject: ${subject}\r\n${extra}\r\nHello, this is ${subject}.\r\n`,
  )
}

async function bytesOf(account: OpenAccount, id: number): Promise<Buffer> {
  using opened = await account.open(id as EmailId)
  return Buffer.from(opened.bytes)
}

test('a new account has its mailboxes, and mail delivered while it was locked or is open comes to INBOX', async (t) => {
  const { open, deliver } = await fixture(t)
  const before = [message('one'), message('two')]
  await deliver(...before)
  const account = await open()
  assert.deepEqual(
    account.mailboxes().map(({ id, path, role, messages }) => [id, path, role, messages]),
    [
      [1, 'INBOX', 'inbox', 2],
      [2, 'Drafts', 'drafts', 0],
      [3, 'Sent', 'sent', 0],
      [4, 'Archive', 'archive', 0],
      [5, 'Junk', 'junk', 0],
      [6, 'Trash', 'trash', 0],
    ],
  )
  const view = account.view(INBOX)
  assert.ok(view !== null)
  const subjects = new Set<string>()
  for (let index = 0; index < view.count; index++) {
    const id = view.emails[index] as EmailId
    subjects.add((await bytesOf(account, id)).toString())
    assert.ok(account.email(id)?.sizeBytes === before[0]?.length)
  }
  assert.deepEqual(subjects, new Set(before.map(String)))

  const told = Promise.withResolvers<Change>()
  using _ = account.subscribe(told.resolve)
  await deliver(message('three'))
  const change = await told.promise
  assert.deepEqual(change.mailboxes.get(INBOX), { added: [3], removed: [], changed: [] })
  assert.equal(account.summary(view.emails[2] as EmailId)?.subject, 'three')
  assert.match(String(account.items('envelope', [view.emails[2] as number])[0]), /"three"/)
  await account.close()
})

test('what was committed is there after closing, and after the index was lost', async (t) => {
  const { open, indexDirectory } = await fixture(t)
  const account = await open()
  const staged = account.stage(null)
  await staged.write(message('sent', 'Message-ID: <1@x>\r\n'))
  const [filed] = await account.commit(
    [
      {
        kind: 'file',
        record: { message: 0 },
        mailboxes: [3 as MailboxId],
        keywords: ['$seen'],
        internalDate: 1_000_000_000_000,
        thread: null,
        source: 'appended',
      },
    ],
    [{ staged }],
  )
  assert.ok(filed?.applied === true && filed.email === 1)
  await account.commit([{ kind: 'set', key: 'test/a', value: { b: [1, 'ü', null] } }])
  await account.close()
  for (const lose of [false, true]) {
    if (lose) fs.rmSync(indexDirectory, { recursive: true })
    const again = await open()
    assert.equal(again.mailbox(3 as MailboxId)?.messages, 1)
    assert.equal(again.mailbox(3 as MailboxId)?.unseen, 0)
    assert.deepEqual(again.setting('test/a'), { b: [1, 'ü', null] })
    assert.deepEqual(await bytesOf(again, 1), message('sent', 'Message-ID: <1@x>\r\n'))
    assert.deepEqual(again.email(1 as EmailId)?.keywords, ['$seen'])
    await again.close()
  }
})
