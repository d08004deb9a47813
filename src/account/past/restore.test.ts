// Restores over a real log: what was lost is there again, byte for byte; one that is cut off anywhere leaves a valid account, and is gone on with.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import type { EmailId } from '#base/ids.ts'
import type { AccountLog, NewRecord } from '#account/account-log.ts'
import { CommitInDoubtError } from '#account/account.ts'
import { INBOX } from '#account/state.ts'
import {
  ALL,
  DEEP,
  WORK,
  at,
  contents,
  deliver,
  fixture,
  loseEverything,
  mailbox,
  message,
  recordNow,
  textOf,
} from './past-fixture.test-support.ts'

test('what was expunged, renamed, destroyed and changed is as it was, and is undone again', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  const then = await loseEverything(made, account)
  await deliver(made, account, 4)
  const lost = await contents(account)
  const before = recordNow(account)

  const past = await at(account, then)
  const rows = past.rows(INBOX, 0, 10)
  assert.deepEqual(
    rows.map(({ uid, deleted }) => [uid, deleted]),
    [
      [2, false],
      [1, true],
    ],
  )
  const summaries = await account.timeTravel.summaries(rows)
  assert.deepEqual(
    summaries.map((one) => (one.state === 'present' ? one.summary.subject : one.state)),
    ['number 2', 'number 1'],
  )
  const opened = await account.timeTravel.open(rows[0]?.record ?? -1)
  assert.equal(opened.state === 'present' && opened.bytes.toString(), message(2).toString())

  const dry = await account.timeTravel.dryRun(past, ALL)
  assert.deepEqual(await contents(account), lost)
  assert.equal(recordNow(account), before)
  const done = await account.timeTravel.restore(past, ALL)
  assert.deepEqual(done, dry)
  assert.equal(done.isFinished, true)
  assert.deepEqual(
    { ...done.counts },
    {
      createMailbox: 1,
      changeMailbox: 1,
      removeMailbox: 0,
      mergeMailbox: 0,
      restoreMessage: 2,
      moveMessage: 0,
      flagMessage: 1,
      removeMessage: 0,
      setSetting: 1,
      removeSetting: 1,
    },
  )
  assert.equal(done.staying, 1)
  assert.deepEqual(
    account
      .mailboxes()
      .map(({ path }) => path)
      .sort(),
    ['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash', 'Work', 'Work/Deep'],
  )
  assert.equal(account.mailboxByPath('Work')?.subscribed, false)
  assert.deepEqual(account.setting('a'), { nested: [1, 'x'] })
  const deep = account.mailboxByPath('Work/Deep')
  assert.ok(deep !== null && deep.id > DEEP)
  const [email] = account.view(deep.id)?.emails ?? []
  assert.equal(await textOf(account, email as number), message(2).toString())
  assert.deepEqual(account.email(email as EmailId)?.keywords, ['$seen', 'later'])
  assert.equal(account.uidsOf(email as EmailId).length, 2)
  // Found by search as well.
  assert.deepEqual(await account.searchText({ field: 'body', value: 'body 2' }, [email as number]), [email])

  const undo = await account.timeTravel.restore(await at(account, before), ALL)
  assert.equal(undo.counts.removeMessage, 2)
  assert.equal(undo.counts.removeMailbox, 1)
  assert.deepEqual(await contents(account), lost)
  await account.close()

  // The log says the same to an index that is made again.
  fs.rmSync(made.indexDirectory, { recursive: true })
  const again = await made.open()
  assert.deepEqual(await contents(again), lost)
  await again.close()
})

test('one message of those that have gone comes back, and one mailbox beside another of its name', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  const then = await loseEverything(made, account)
  await account.commit([mailbox('Work')])
  const one = await account.timeTravel.restore(await at(account, then), {
    ...ALL,
    scope: { kind: 'message', email: 1 as EmailId },
  })
  assert.equal(one.counts.restoreMessage, 1)
  assert.equal(account.view(INBOX)?.count, 1)
  assert.equal(account.flagSet(account.view(INBOX)?.flags[0] as number).deleted, true)
  const renamed = await account.timeTravel.restore(await at(account, then), {
    ...ALL,
    scope: { kind: 'mailbox', mailbox: WORK },
  })
  assert.equal(renamed.counts.changeMailbox, 1)
  const path = account.mailbox(WORK)?.path ?? ''
  assert.match(path, /^Work \(as of \d{4}-\d\d-\d\d \d\d\.\d\d\)$/)
  assert.equal(
    (
      await account.timeTravel.restore(await at(account, then), {
        ...ALL,
        scope: { kind: 'mailbox', mailbox: WORK },
      })
    ).counts.changeMailbox,
    0,
  )
  await account.close()
})

test('a restore in portions, cut off at every commit in turn, is completed by the same request', async (t) => {
  const made = await fixture(t)
  let left = Infinity
  const log: AccountLog = {
    append: (records: readonly NewRecord[]) => {
      if (left-- <= 0) return Promise.reject(new Error('the connection is lost'))
      return made.log.append(records)
    },
    stage: () => made.log.stage(),
    watch: (listener) => made.log.watch(listener),
    settled: (seq) => made.log.settled(seq),
  }
  let account = await made.open({ ledger: log })
  await loseEverything(made, account)
  const lost = recordNow(account)
  const lostContents = await contents(account)
  const then = lost - 1
  await account.timeTravel.restore(await at(account, then), ALL)
  const wanted = await contents(account)
  await account.timeTravel.restore(await at(account, lost), ALL)
  assert.deepEqual(await contents(account), lostContents)
  for (let commits = 0; ; commits++) {
    assert.ok(commits < 20)
    left = commits
    const request = { ...ALL, messagesMax: 1 }
    try {
      while (!(await account.timeTravel.restore(await at(account, then), request)).isFinished);
      assert.ok(commits > 3)
      break
    } catch (error) {
      assert.ok(error instanceof CommitInDoubtError)
    }
    left = Infinity
    await account.close()
    account = await made.open({ ledger: log })
    while (!(await account.timeTravel.restore(await at(account, then), request)).isFinished);
    assert.deepEqual(await contents(account), wanted)
    await account.timeTravel.restore(await at(account, lost), ALL)
    assert.deepEqual(await contents(account), lostContents)
  }
  assert.deepEqual(await contents(account), wanted)
  await account.close()
})

test('identities come back under numbers that clients have not seen', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  const slot = { id: 3, changed: 3, destroyed: 0, value: { name: 'A' }, before: null, floor: 0 }
  await account.commit([
    { kind: 'set', key: 'jmap/identity/0', value: slot },
    { kind: 'set', key: 'jmap/submission/0', value: slot },
    { kind: 'set', key: 'unlock/lock', value: 'restart' },
  ])
  const then = recordNow(account)
  await account.commit([
    { kind: 'set', key: 'jmap/identity/0', value: { ...slot, changed: 4, value: { name: 'B' } } },
    { kind: 'set', key: 'jmap/identity/1', value: { ...slot, id: 5, changed: 5 } },
    { kind: 'set', key: 'jmap/submission/0', value: { ...slot, id: 9, changed: 9 } },
    { kind: 'set', key: 'unlock/lock', value: 'never' },
  ])
  const done = await account.timeTravel.restore(await at(account, then), { ...ALL, kinds: new Set(['settings']) })
  assert.equal(done.counts.setSetting, 2)
  assert.deepEqual(account.setting('jmap/identity/0'), { ...slot, changed: 6 })
  assert.deepEqual(account.setting('jmap/identity/1'), { ...slot, id: 5, changed: 5, destroyed: 7, value: null })
  assert.equal((account.setting('jmap/submission/0') as { id: number }).id, 9)
  assert.equal(account.setting('unlock/lock'), 'never')
  await account.close()
})
