// Payloads are dropped under an account: of what is left everything is read as before, wherever it is now, and nobody takes that for damage or for another log.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { EmailId, Seq } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import { dropPayloads } from '#ledger/drop-payloads.ts'
import { OpenFiles } from '#ledger/open-files.ts'
import { accountPaths, listSegments } from '#ledger/paths.ts'
import { systemDisk } from '#platform/disk.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import { DamagedMessageError } from './account.ts'
import type { OpenAccount } from './open-account.ts'
import { INBOX } from './state.ts'

let directory: string
let fixture: Fixture

before(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-test-'))
  const limits = { segmentBytes: 400 * 1024 }
  fixture = await makeFixture(directory, { quick: true, ledger: { limits } })
  for (let number = 0; number < 24; number++) await fixture.deliver(message(number))
})
after(async () => {
  await fixture.close()
  fs.rmSync(directory, { recursive: true })
})

/** Every third is longer than what is read at once. */
function message(number: number): Buffer {
  const text = `this is number ${number}\r\n`.repeat(number % 3 === 0 ? 8000 : 40)
  return Buffer.from(`From: a@x\r\nSubject: ${number}\r\nMessage-ID: <${number}@x>\r\n\r\n${text}`)
}

async function drop(records: ReadonlySet<number>): Promise<number> {
  const ledger = path.join(directory, 'ledger')
  const files = new OpenFiles(systemDisk, 4)
  let dropped = 0
  for (const first of listSegments(systemDisk, accountPaths(ledger, fixture.id))) {
    const outcome = await dropPayloads(
      { disk: systemDisk, directory: ledger, files, run: (steps) => Promise.resolve(atOnce(steps)) },
      {
        account: fixture.id,
        first,
        mayDrop: ({ kind, seq }) => kind === 'mail' && records.has(seq),
        confirm(_records, replace) {
          replace()
          return Promise.resolve(true)
        },
      },
    )
    if (outcome.kind === 'dropped') dropped += outcome.records.reduce((sum, [from, to]) => sum + to - from + 1, 0)
  }
  files.close()
  return dropped
}

async function assertReads(account: OpenAccount): Promise<number> {
  const emails = [...(account.view(INBOX)?.emails.subarray(0, account.view(INBOX)?.count) ?? [])] as EmailId[]
  for (const email of emails) {
    const number = Number(account.summary(email)?.subject)
    const expected = message(number)
    using part = await account.openRange(email, 100, 150)
    assert.deepEqual(Buffer.from(part.bytes), expected.subarray(100, 150))
    using end = await account.openRange(email, expected.length - 20, expected.length)
    assert.deepEqual(Buffer.from(end.bytes), expected.subarray(-20))
    using whole = await account.open(email)
    assert.deepEqual(Buffer.from(whole.bytes), expected)
  }
  assert.deepEqual(account.integrity.report(null).alarms, [])
  return emails.length
}

test('what is left is read wherever it is, by who had the files open and by who opens them', async () => {
  const account = await fixture.open()
  await account.filed()
  assert.equal(await assertReads(account), 24)
  const emails = [...(account.view(INBOX)?.emails ?? [])] as EmailId[]
  await account.commit([
    {
      kind: 'remove',
      mailbox: INBOX,
      set: [
        [1, 4],
        [9, 9],
        [12, 13],
      ],
    },
  ])
  const records = new Set([1, 2, 3, 4, 9, 12, 13])
  assert.equal(await drop(records), 7)
  assert.equal(await assertReads(account), 17)
  // A part of a long one, before anybody has read all of it.
  await account.commit([{ kind: 'remove', mailbox: INBOX, set: [[5, 5]] }])
  assert.equal(await drop(new Set([5])), 1)
  assert.equal(await assertReads(account), 16)
  await account.close()

  // Where things are is known from now on: nothing is looked for again.
  let moved = 0
  const again = await fixture.open()
  const { reader } = fixture
  const note = reader.moved
  reader.moved = (header, location) => {
    moved++
    note(header, location)
  }
  assert.equal(await assertReads(again), 16)
  assert.equal(moved, 0)
  // What has gone says so.
  await assert.rejects(again.open(emails[0] as EmailId), DamagedMessageError)
  const past = await again.timeTravel.at({ record: fixture.ledger.size(fixture.id) })
  assert.ok(past !== null)
  for (const record of records) {
    assert.deepEqual(await again.timeTravel.open(record), { state: 'dropped' })
  }
  assert.deepEqual(again.integrity.report(null).alarms, [])
  await again.close()
})

test('the index is made again from what is left', async () => {
  fs.rmSync(fixture.indexDirectory, { recursive: true })
  const account = await fixture.open()
  await account.filed()
  assert.equal(await assertReads(account), 16)
  await account.close()
})

test('an e-mail that stands for what has gone is a notice, and no alarm', async () => {
  const account = await fixture.open()
  const filing = { keywords: [], internalDate: 0, thread: null, source: 'restored', mailboxes: [INBOX] } as const
  const [filed] = await account.commit([{ kind: 'file', record: { seq: 1 as Seq }, ...filing }])
  assert.ok(filed?.applied === true && filed.email !== undefined)
  using opened = await account.open(filed.email)
  assert.match(Buffer.from(opened.bytes).toString(), /its payload was dropped when its retention time was over/)
  assert.deepEqual(account.integrity.report(null).alarms, [])
  await account.close()
})
