import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { systemClock } from '#platform/clock.ts'
import { makeFixture } from './account-fixture.ts'
import type { Progress } from './catch-up.ts'
import { IndexBusyError } from './index-database.ts'
import { rebuildIndex } from './open-index.ts'
import { visibleAccount } from './visible-account.test-support.ts'

const COUNT = 900

test('a rebuild tells how far it is, can be ended and gone on with, and leaves the old index until it is complete', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-rebuild-'))
  const made = await makeFixture(directory, { quick: true })
  const text = 'some words of a message. '.repeat(100)
  for (let at = 0; at < COUNT; at += 100) {
    await made.deliver(
      ...Array.from({ length: 100 }, (_, index) => Buffer.from(`Subject: ${at + index}\r\n\r\n${text}\r\n`)),
    )
  }
  const account = await made.open()
  await account.filed()
  const before = visibleAccount(account, [])
  const { root, reader, indexDirectory } = made
  const options = { root, reader, ledger: made.log, indexDirectory, clock: systemClock }
  await assert.rejects(rebuildIndex(options), IndexBusyError)
  await account.close()
  await made.log.settled((made.ledger.size(made.id) - 1) as Seq)

  const abort = new AbortController()
  const first: Progress[] = []
  await assert.rejects(
    rebuildIndex({
      ...options,
      signal: abort.signal,
      progress(progress) {
        first.push(progress)
        if (progress.phase === 'messages' && progress.done > COUNT / 4) abort.abort(new Error('enough'))
      },
    }),
    /enough/,
  )
  assert.deepEqual(first.at(-1)?.total, COUNT)
  assert.equal(first.find(({ phase }) => phase === 'messages')?.done, 0)
  const old = await made.open()
  assert.deepEqual(visibleAccount(old, []), before)
  await old.close()

  const second: Progress[] = []
  await rebuildIndex({ ...options, progress: (progress) => void second.push(progress) })
  const { done, total } = second.at(-1) as Progress
  assert.equal(done, total)
  assert.equal(total, COUNT)
  const resumed = second.find(({ phase }) => phase === 'messages')
  assert.ok(resumed !== undefined && resumed.done > 0 && resumed.done < COUNT, String(resumed?.done))
  assert.deepEqual(fs.readdirSync(made.indexDirectory), [`${made.id}.index`, `${made.id}.witness`])
  const again = await made.open()
  assert.deepEqual(visibleAccount(again, []), before)
  await again.close()
  await made.close()
  fs.rmSync(directory, { recursive: true })
})
