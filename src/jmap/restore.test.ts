// Going back in time over JMAP (docs/formats/jmap-restore.md), on a real account.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { makeFixture } from '#account/account-fixture.ts'
import { type Any, CORE, MAIL, RESTORE, TestClient, message } from './test-client.test-support.ts'

test('what was destroyed is shown as of then, told by a dry run, and brought back', async (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-jmap-'))
  const made = await makeFixture(directory, { quick: true })
  await made.deliver(message('From: Bo <b@example.net>', 'Subject: one', '', 'the text of one'))
  await made.deliver(message('From: Bo <b@example.net>', 'Subject: two', '', 'the text of two'))
  const account = await made.open()
  await account.filed()
  const client = new TestClient(account)
  client.using = [CORE, MAIL, RESTORE]
  t.after(async () => {
    client.engine[Symbol.dispose]()
    await account.close()
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })

  const { record } = await client.call('Restore/show', { time: new Date(Date.now() + 1000).toISOString() })
  assert.equal(record, account.modseq - 1)
  const { ids } = await client.call('Email/query', {})
  await client.call('Email/set', { destroy: ids })
  assert.deepEqual((await client.call('Email/query', {})).ids, [])

  const points = await client.call('Restore/points', { unit: 'hour', utcOffset: -90, limit: 1 })
  assert.equal(points.list.length, 1)
  assert.equal(points.list[0].record, account.modseq - 1)
  assert.equal(points.list[0].counts.removed, 2)
  const older = await client.call('Restore/points', { before: 0 })
  assert.deepEqual([older.list, older.hasMore], [[], false])

  const shown = await client.call('Restore/show', { record })
  const inbox = shown.mailboxes.find(({ role }: Any) => role === 'inbox')
  assert.deepEqual([inbox.path, inbox.totalEmails, inbox.unreadEmails], ['INBOX', 2, 2])
  assert.deepEqual(shown.settings, ['account/identity'])
  const list = await client.call('Restore/messages', { record, mailboxId: inbox.id, position: 1, limit: 1 })
  assert.equal(list.total, 2)
  const [email] = list.list
  assert.deepEqual([email.subject, email.state, email.keywords, email.isDeleted], ['one', 'present', {}, false])
  assert.deepEqual(email.from, [{ name: 'Bo', email: 'b@example.net' }])
  const preview = await client.call('Restore/preview', { record, emailId: email.id })
  assert.deepEqual([preview.subject, preview.text.trim(), preview.isTruncated], ['one', 'the text of one', false])

  const dry = await client.call('Restore/dryRun', { record, emailId: email.id })
  assert.deepEqual(dry.changes, [{ kind: 'restoreMessage', emailId: email.id, mailboxes: ['INBOX'] }])
  assert.deepEqual((await client.call('Email/query', {})).ids, [])
  const run = await client.call('Restore/run', { record, emailId: email.id })
  assert.deepEqual(run, dry)
  const back = await client.call('Email/query', {})
  assert.equal(back.ids.length, 1)
  const all = await client.call('Restore/run', { record })
  assert.equal(all.counts.restoreMessage, 1)
  assert.equal(all.isFinished, true)
  const undo = await client.call('Restore/run', { record: all.before })
  assert.equal(undo.counts.removeMessage, 1)
  assert.deepEqual(await client.call('Email/query', {}), {
    ...back,
    queryState: (await client.call('Email/query', {})).queryState,
  })
})

test('what is wrong, and bounds', async (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-jmap-'))
  const made = await makeFixture(directory, { quick: true })
  const account = await made.open()
  const client = new TestClient(account)
  t.after(async () => {
    client.engine[Symbol.dispose]()
    await account.close()
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  assert.equal((await client.error('Restore/show', { record: 1 })).type, 'unknownMethod')
  client.using = [CORE, RESTORE]
  const typeOf = async (name: string, args: object): Promise<string> => (await client.error(name, args)).type
  const record = account.modseq - 1
  assert.equal(await typeOf('Restore/show', { time: '1999-01-01T00:00:00Z' }), 'tooEarly')
  assert.equal(await typeOf('Restore/messages', { record, mailboxId: 'm99' }), 'notFound')
  assert.equal(await typeOf('Restore/messages', { record, mailboxId: 'nonsense' }), 'notFound')
  assert.equal(await typeOf('Restore/preview', { record, emailId: 'e9' }), 'notFound')
  assert.equal(await typeOf('Restore/run', { record, emailId: 'e9' }), 'notFound')
  assert.equal(await typeOf('Restore/run', { record, mailboxId: '!' }), 'invalidArguments')
  for (const [name, args] of [
    ['Restore/show', {}],
    ['Restore/show', { record, time: '2020-01-01T00:00:00Z' }],
    ['Restore/show', { record: -1 }],
    ['Restore/points', { unit: 'year' }],
    ['Restore/points', { limit: 1001 }],
    ['Restore/points', { utcOffset: 2000 }],
    ['Restore/messages', { record, mailboxId: 'm1', limit: 101 }],
    ['Restore/dryRun', { record, only: ['everything'] }],
    ['Restore/dryRun', { record, only: [] }],
    ['Restore/dryRun', { record, mailboxId: 'm1', emailId: 'e1' }],
    ['Restore/dryRun', { record, onConflict: 'fail' }],
    ['Restore/dryRun', { record, dry: true }],
  ] as const) {
    assert.equal(await typeOf(name, args), 'invalidArguments', `${name} ${JSON.stringify(args)}`)
  }
})
