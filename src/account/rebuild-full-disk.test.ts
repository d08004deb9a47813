// An index that is made again on a disk that fails or is full, at every size that its files come to: the one in use stays, the error says what it is, and the next
// attempt goes on.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { systemClock } from '#platform/clock.ts'
import { DiskError, systemDisk } from '#platform/disk.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import type { Progress } from './catch-up.ts'
import { IndexDatabase, IndexStorageError } from './index-database.ts'
import { type RebuildOptions, rebuildIndex } from './open-index.ts'
import { INBOX } from './state.ts'
import { visibleAccount } from './visible-account.test-support.ts'

const COUNT = 560

let directory: string
let made: Fixture
let options: RebuildOptions
let known: unknown

before(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-rebuild-full-'))
  made = await makeFixture(directory, { quick: true })
  const text = 'some words of a message, and '.repeat(60)
  for (let at = 0; at < COUNT; at += 100) {
    const messages = Array.from({ length: 100 }, (_, index) => `Subject: ${at + index}\r\n\r\n${text}${at + index}\r\n`)
    await made.deliver(...messages.map((message) => Buffer.from(message)))
  }
  const account = await made.open()
  await account.filed()
  await account.commit([{ kind: 'remove', mailbox: INBOX, set: [[10, 20]] }])
  await account.close()
  await made.log.settled((made.ledger.size(made.id) - 1) as Seq)
  const { root, reader, indexDirectory } = made
  options = { root, reader, ledger: made.log, indexDirectory, clock: systemClock }
  known = await seen()
})
after(async () => {
  await made.close()
  fs.rmSync(directory, { recursive: true })
})

/** All that a client can ask for, of the index in use; without it being made again. */
async function seen(): Promise<unknown> {
  const account = await made.open({ rebuilt: () => assert.fail('the index in use was of no use') })
  const words = await account.searchWords({ field: 'body', text: '123' })
  const result = [visibleAccount(account, []), words]
  await account.close()
  return result
}

/** How many messages it had when it began, or -1 if it did not come to that. */
async function fails(expected: (error: unknown) => true): Promise<number> {
  const told: Progress[] = []
  await assert.rejects(rebuildIndex({ ...options, progress: (progress) => void told.push(progress) }), expected)
  return told.find(({ phase }) => phase === 'messages')?.done ?? -1
}

async function succeeds(): Promise<number> {
  const told: Progress[] = []
  await rebuildIndex({ ...options, progress: (progress) => void told.push(progress) })
  assert.deepEqual(await seen(), known)
  const names = fs.readdirSync(made.indexDirectory).filter((name) => name.includes('.index'))
  assert.deepEqual(names, [`${made.id}.index`])
  return told.find(({ phase }) => phase === 'messages')?.done ?? -1
}

const isStorage =
  (why: IndexStorageError['why']) =>
  (error: unknown): true => {
    assert.ok(error instanceof IndexStorageError, String(error))
    assert.equal(error.why, why)
    // Nothing of what was stored is in it.
    assert.match(error.message, /^the index cannot be stored: SQLITE_\w+$|^there is no room/)
    return true
  }

/** No file of this process grows beyond that, as on a disk that fails there. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`])
}

test('a disk that fails at any size of the new index: the one in use stays, and the next attempt goes on', async () => {
  const ignore = (): void => undefined
  process.on('SIGXFSZ', ignore)
  const begins: number[] = []
  try {
    for (let bytes = 4096; begins.length < 20; bytes *= 4) {
      limitFiles(bytes)
      try {
        begins.push(await fails(isStorage('fault')))
      } catch (error) {
        // It has become large enough.
        if (!(error instanceof assert.AssertionError) || !/Missing expected rejection/.test(error.message)) throw error
        break
      } finally {
        limitFiles('unlimited')
      }
      assert.deepEqual(await seen(), known, `${bytes} bytes`)
    }
  } finally {
    process.off('SIGXFSZ', ignore)
  }
  assert.ok(begins.length >= 4, JSON.stringify(begins))
  assert.deepEqual(
    begins,
    [...begins].sort((a, b) => a - b),
    'it never begins anew',
  )
  await succeeds()
})

test('a disk without room: the new index is not taken for one that is stored, and is made when there is room', async (t) => {
  const room = t.mock.getter(IndexDatabase.prototype, 'hasRoom', () => false)
  await fails(isStorage('noSpace'))
  // Nor while the account is in use.
  const beside = { ...options, whileClosed: () => assert.fail('the account need not be closed') }
  await assert.rejects(rebuildIndex(beside), isStorage('noSpace'))
  room.mock.restore()
  assert.deepEqual(await seen(), known)

  // In the middle: what was committed by then is gone on with.
  let looks = 0
  const short = t.mock.getter(IndexDatabase.prototype, 'hasRoom', () => ++looks < 3)
  await fails(isStorage('noSpace'))
  short.mock.restore()
  assert.deepEqual(await seen(), known)
  assert.ok((await succeeds()) >= 512)
})

test('a new index that cannot take the place of the old one leaves it there', async (t) => {
  const rename = t.mock.method(systemDisk, 'rename', () => {
    throw new DiskError('EIO')
  })
  await fails((error) => {
    assert.ok(error instanceof DiskError && error.code === 'EIO')
    return true
  })
  rename.mock.restore()
  assert.deepEqual(await seen(), known)
  assert.equal(await succeeds(), -1, 'all of it was made')
})

test('without any index, a disk without room still lets its owner in', async (t) => {
  fs.rmSync(made.indexDirectory, { recursive: true })
  const room = t.mock.getter(IndexDatabase.prototype, 'hasRoom', () => false)
  const account = await made.open()
  assert.deepEqual(visibleAccount(account, []), (known as unknown[])[0])
  room.mock.restore()
  await account.close()
})
