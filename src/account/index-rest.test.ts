// An index that nobody uses: its file is closed, and whoever comes back finds everything as it was.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import type { EmailId } from '#base/ids.ts'
import { type Clock, systemClock } from '#platform/clock.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import { IndexDatabase } from './index-database.ts'
import { INBOX } from './state.ts'

const COUNT = 20
/** Whatever waits for longer than what is written behind does. */
const LONG_MS = 1_000

async function fixture(t: TestContext): Promise<Fixture> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-rest-'))
  const made = await makeFixture(directory, { quick: true })
  t.after(async () => {
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  const texts = Array.from(
    { length: COUNT },
    (_, number) => `From: a@example.net\r\nSubject: ${number}\r\n\r\nword${number}\r\n`,
  )
  await made.deliver(...texts.map((text) => Buffer.from(text)))
  return made
}

/** Long waits end when they are told to. */
function patientClock(): Clock & { passLong(): void } {
  let waiting: (() => void)[] = []
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    after(delayMs, action) {
      if (delayMs < LONG_MS) return systemClock.after(delayMs, action)
      waiting.push(action)
      return { cancel: () => (waiting = waiting.filter((other) => other !== action)) }
    },
    passLong() {
      const due = waiting
      waiting = []
      for (const action of due) action()
    },
  }
}

/** Files of the index that this process has open. */
function openFiles(made: Fixture): number {
  const links = fs.readdirSync('/proc/self/fd').map((name) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${name}`)
    } catch {
      return ''
    }
  })
  return links.filter((link) => link.startsWith(`${fs.realpathSync(made.indexDirectory)}/${made.id}.index`)).length
}

test('an index that is not used is closed; reading and writing open it again, with everything in it', async (t) => {
  const made = await fixture(t)
  const clock = patientClock()
  const account = await made.open({ clock })
  await account.filed()
  const restNow = async (): Promise<void> => {
    for (let round = 0; openFiles(made) > 0 && round < 200; round++) {
      clock.passLong()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.equal(openFiles(made), 0)
  }
  const seen = (): unknown =>
    Array.from({ length: COUNT }, (_, at) => [
      account.summary((at + 1) as EmailId),
      account.items('envelope', [at + 1]),
    ])
  const before = seen()
  await restNow()
  // What is in memory is told without it.
  assert.equal(account.view(INBOX)?.count, COUNT)
  assert.equal(openFiles(made), 0)
  assert.deepEqual(seen(), before)
  assert.notEqual(openFiles(made), 0)
  await restNow()
  const [outcome] = await account.commit([
    {
      kind: 'changeKeywords',
      mailbox: INBOX,
      set: [[3, 3]],
      mode: 'add',
      keywords: ['$flagged'],
      unchangedSince: null,
    },
  ])
  assert.equal(outcome?.applied, true)
  await restNow()
  assert.deepEqual(
    await account.searchText(
      { field: 'body', value: 'word7' },
      Array.from({ length: COUNT }, (_, at) => at + 1),
    ),
    [8],
  )
  await account.close()
  const again = await made.open()
  assert.deepEqual(again.email(3 as EmailId)?.keywords, ['$flagged'])
  await again.close()
})

test('an index that has something to commit, or is being read, does not rest', () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-rest-'))
  try {
    using database = IndexDatabase.open(path.join(directory, 'index'), Buffer.alloc(32, 1))
    database.exec('CREATE TABLE t (a INTEGER)')
    const put = database.write('INSERT INTO t VALUES (?)')
    const rows = database.read('SELECT a FROM t ORDER BY a')
    for (const number of [1, 2, 3]) put.run(number)
    assert.equal(database.rest(), false)
    database.commit()
    const reading = rows.each()
    assert.deepEqual(reading.next().value, [1])
    assert.equal(database.rest(), false)
    assert.deepEqual([...reading], [[2], [3]])
    assert.equal(database.rest(), true)
    assert.equal(database.isResting, true)
    assert.deepEqual(rows.all(), [[1], [2], [3]])
    assert.equal(database.isResting, false)
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
})
