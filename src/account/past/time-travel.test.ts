// Time travel over a real log: each time is as the plain fold says it was, and what cannot be read any more is named.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Seq } from '#base/ids.ts'
import type { LogEntry } from '#account/account-log.ts'
import { FoldModel } from '#account/fold-model.test-support.ts'
import { CHAIN_START, JournalSealer } from '#account/journal.ts'
import { operationArbitrary } from '#account/operation-arbitrary.test-support.ts'
import type { Operation } from '#account/operation.ts'
import { INBOX } from '#account/state.ts'
import { encodeHead } from '#ledger/record.ts'
import { visibleAccount } from '#account/visible-account.test-support.ts'
import { visibleModel, visibleState } from '#account/visible-state.test-support.ts'
import { walkJournal } from './journal-walk.ts'
import { ALL, EVERY, at, deliver, fixture, recordNow } from './past-fixture.test-support.ts'

test('the account as of any time is what the plain fold says', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  const operation = operationArbitrary(fc.nat(20)).filter(
    (operation) => operation.kind !== 'file' || ('seq' in operation.record && typeof operation.thread !== 'object'),
  ) as fc.Arbitrary<Operation>
  for (const operations of fc.sample(fc.array(operation, { minLength: 1, maxLength: 4 }), { numRuns: 25, seed: 7 })) {
    await deliver(made, account, 1)
    await account.commit(operations)
  }
  await made.log.settled((made.ledger.size(made.id) - 1) as Seq)
  using sealer = new JournalSealer(made.root, made.id)
  const model = new FoldModel()
  const last = recordNow(account)
  const today = visibleAccount(account, [])
  for (const record of walkJournal({ reader: made.reader, sealer }, { seq: 0, chain: CHAIN_START }, last)) {
    if (record.kind === 'mail') model.mail(record.seq)
    else {
      model.journal(record.seq, record.operations)
      if (record.seq % 5 !== 0 && record.seq !== last) continue
      const past = await at(account, record.seq)
      assert.deepEqual(visibleState(past.state), visibleModel(model))
      assert.equal(past.time, record.time)
      const byTime = await account.timeTravel.at({ time: record.time })
      assert.ok((byTime?.record ?? 0) >= record.seq)
    }
  }
  assert.deepEqual(visibleAccount(account, []), today)
  assert.equal(await account.timeTravel.at({ time: 1000 }), null)
  const { points, isCut } = await account.timeTravel.points('hour', 0)
  assert.equal(isCut, false)
  assert.ok(points.length >= 1)
  assert.equal(points[0]?.record, last)
  assert.equal(points.reduce((sum, { counts }) => sum + counts.delivered, 0) >= 25, true)
  await account.close()
})

test('a payload that was dropped, or is damaged, is named, and the others come back', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  for (const number of [1, 2, 3]) await deliver(made, account, number)
  const then = recordNow(account)
  const past = await at(account, then)
  const records = past.rows(INBOX, 0, 3).map(({ record }) => record)
  await account.commit([{ kind: 'remove', mailbox: INBOX, set: EVERY }])
  await account.close()
  // So that no index has anything of them.
  fs.rmSync(made.indexDirectory, { recursive: true })
  const [third, second] = records as [number, number]
  for (const [record, bytes] of [
    [third, encodeHead((made.reader.locate(third as Seq) as LogEntry).header, 'dropped')],
    [second, null],
  ] as const) {
    const { location } = made.reader.locate(record as Seq) as LogEntry
    const name = location.segment.toString(16).padStart(16, '0')
    const file = path.join(made.directory, 'ledger/accounts', made.id.slice(0, 2), made.id, 'segments', `${name}.seg`)
    const fd = fs.openSync(file, 'r+')
    if (bytes === null) fs.writeSync(fd, Buffer.alloc(3, 0xff), 0, 3, location.offset + 300)
    else fs.writeSync(fd, bytes, 0, bytes.length, location.offset)
    fs.closeSync(fd)
  }
  const again = await made.open()
  const was = await at(again, then)
  const summaries = await again.timeTravel.summaries(was.rows(INBOX, 0, 3))
  assert.deepEqual(
    summaries.map(({ state }) => state),
    ['dropped', 'damaged', 'present'],
  )
  assert.deepEqual(await again.timeTravel.open(third), { state: 'dropped' })
  const dry = await again.timeTravel.dryRun(was, ALL)
  assert.deepEqual(
    dry.problems.map((problem) => problem.kind === 'message' && problem.reason),
    ['dropped'],
  )
  const done = await again.timeTravel.restore(was, ALL)
  assert.deepEqual(
    done.problems.map((problem) => problem.kind === 'message' && [problem.record, problem.reason]),
    [
      [second, 'damaged'],
      [third, 'dropped'],
    ],
  )
  assert.equal(again.view(INBOX)?.count, 1)
  await again.close()
})
