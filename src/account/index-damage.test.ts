import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import type { EmailId } from '#base/ids.ts'
import { RootSecret } from '#keys/root.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import { IndexBusyError, IndexDamagedError, IndexDatabase, IndexStorageError } from './index-database.ts'
import { prepareSchema } from './index-schema.ts'
import type { AccountEvent, OpenAccount } from './open-account.ts'

const COUNT = 60

async function fixture(t: TestContext): Promise<Fixture> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-index-'))
  const made = await makeFixture(directory, { quick: true })
  t.after(async () => {
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  const messages = Array.from({ length: COUNT }, (_, index) =>
    Buffer.from(`From: a@x\r\nSubject: number ${index}\r\n\r\n${`some words ${index} `.repeat(200)}\r\n`),
  )
  for (const message of messages) await made.deliver(message)
  return made
}

function seen(account: OpenAccount): unknown {
  const ids = Array.from({ length: COUNT }, (_, index) => index + 1)
  return [
    account.mailboxes(),
    ids.map((id) => [account.email(id as EmailId), account.summary(id as EmailId)]),
    account.items('envelope', ids).map(String),
  ]
}

const indexFile = (made: Fixture): string => path.join(made.indexDirectory, `${made.id}.index`)

async function reopened(made: Fixture): Promise<{ state: unknown; events: AccountEvent[] }> {
  const events: AccountEvent[] = []
  const account = await made.open({ report: (event) => events.push(event) })
  const state = seen(account)
  await account.close()
  return { state, events }
}

const DISCARDED = [{ kind: 'indexDiscarded' }]

test('an index that is damaged, cut, emptied, of another key or version is made again, the same', async (t) => {
  const made = await fixture(t)
  const { state } = await reopened(made)
  const file = indexFile(made)
  const good = fs.readFileSync(file)
  assert.notEqual(good.toString('latin1', 0, 15), 'SQLite format 3')
  for (const text of ['number', 'Subject', 'CREATE', 'mailbox']) assert.equal(good.includes(text), false)

  const page = 8192
  for (let at = page + 100; at < good.length; at += page * 7) {
    const bad = Buffer.from(good)
    bad[at] = (bad[at] as number) ^ 0x10
    fs.writeFileSync(file, bad)
    // Damage in a page that opening does not read is met when it is read.
    const events: AccountEvent[] = []
    let account = await made.open({ report: (event) => events.push(event) })
    try {
      assert.deepEqual(seen(account), state)
    } catch (error) {
      if (!(error instanceof IndexDamagedError)) throw error
      assert.equal(await account.failed, error)
    }
    await account.close()
    account = await made.open()
    assert.deepEqual(seen(account), state)
    await account.close()
  }

  for (const bad of [good.subarray(0, good.length >> 1), Buffer.from('SQLite format 3\0'.padEnd(20_000, 'x'))]) {
    fs.writeFileSync(file, bad)
    assert.deepEqual(await reopened(made), { state, events: DISCARDED })
  }
  fs.writeFileSync(file, '')
  assert.deepEqual((await reopened(made)).state, state)

  for (const change of ['UPDATE identity SET version = 99', "UPDATE identity SET account = 'x'", 'DELETE FROM chunk']) {
    const key = made.root.derive('index')
    {
      using database = IndexDatabase.open(file, key)
      database.exec(change)
    }
    assert.deepEqual(await reopened(made), { state, events: DISCARDED })
  }

  fs.rmSync(file)
  {
    using other = RootSecret.generate()
    using database = IndexDatabase.open(file, other.derive('index'))
    prepareSchema(database, made.id)
  }
  assert.deepEqual(await reopened(made), { state, events: DISCARDED })
})

test('an index that is ahead of its log, as after a rollback, is not believed', async (t) => {
  const made = await fixture(t)
  await (await made.open()).close()
  await made.ledger.close()
  const before = `${made.directory}/before`
  fs.cpSync(`${made.directory}/ledger`, before, { recursive: true })
  const events: AccountEvent[] = []
  // A record of the log disappears: the last segment is cut back.
  const segments = path.join(before, 'accounts', made.id.slice(0, 2), made.id, 'segments')
  const [name] = fs.readdirSync(segments)
  const segment = path.join(segments, name as string)
  fs.truncateSync(segment, fs.statSync(segment).size - 10)
  const { LogReader } = await import('#ledger/reader.ts')
  const { systemDisk } = await import('#platform/disk.ts')
  using reader = new LogReader(systemDisk, before, made.id)
  const ledger = {
    append: () => Promise.reject(new Error('not here')),
    stage: () => made.log.stage(),
    settled: () => Promise.resolve(),
    watch: () => Promise.resolve({ size: 0, [Symbol.dispose]: () => undefined }),
  }
  const account = await made.open({ reader, ledger, report: (event) => events.push(event) })
  assert.deepEqual(
    events.map((event) => (event.kind === 'alarm' ? event.alarm : event.kind)),
    ['rollback', 'indexDiscarded'],
  )
  await account.close()
})

test('an index is opened once at a time', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  await assert.rejects(made.open(), IndexBusyError)
  assert.equal(account.mailboxes().length, 6)
  await account.close()
  await (await made.open()).close()
})

test('an index that cannot be stored is no damage: nothing is thrown away', async (t) => {
  const made = await fixture(t)
  const inTheWay = `${made.indexDirectory}-file/${made.id}.index`
  fs.mkdirSync(inTheWay, { recursive: true })
  await assert.rejects(made.open({ indexDirectory: path.dirname(inTheWay) }), IndexStorageError)
  assert.ok(fs.existsSync(inTheWay))
})
