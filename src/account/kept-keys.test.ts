import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { encodeHead } from '#ledger/record.ts'
import { systemClock } from '#platform/clock.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import { DeriveTasks } from './derive-tasks.ts'
import { IndexDatabase } from './index-database.ts'
import { KeptKeys } from './kept-keys.ts'
import type { OpenAccount } from './open-account.ts'
import { rebuildIndex } from './open-index.ts'
import type { DeriveThread } from './record-deriver.ts'
import { INBOX } from './state.ts'
import { visibleAccount } from './visible-account.test-support.ts'

const COUNT = 150

async function filled(directory: string): Promise<Fixture> {
  const made = await makeFixture(directory, { quick: true })
  await made.deliver(...Array.from({ length: COUNT }, (_, at) => Buffer.from(`Subject: ${at}\r\n\r\ntext ${at}\r\n`)))
  const account = await made.open()
  await account.filed()
  await account.close()
  await made.log.settled((made.ledger.size(made.id) - 1) as Seq)
  return made
}

function seen(account: OpenAccount): unknown {
  const view = account.view(INBOX)
  const ids = [...(view?.emails.subarray(0, view.count) ?? [])]
  return [visibleAccount(account, []), account.items('header', ids).map(String), [...account.sizes(ids)]]
}

function mailOf({ reader }: Fixture) {
  const found = []
  for (const { header, location } of reader.records({ seq: 0 as Seq, location: null })) {
    if (header?.kind === 'mail' && location !== null) found.push({ header, location })
  }
  return found
}

test('the keys that an index kept open payloads without an identity, of an account that is in use or not', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-kept-'))
  const made = await filled(directory)
  const file = `${made.indexDirectory}/${made.id}.index`
  const tasks = new DeriveTasks()
  // Of another account.
  const [x25519, hybrid] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  tasks.do({ kind: 'begin', session: 1, directory: `${directory}/ledger`, account: made.id, x25519, hybrid })
  const opens = (keys: KeptKeys): number => {
    let opened = 0
    for (const { header, location } of mailOf(made)) {
      const payload = keys.take(header.seq) ?? undefined
      const { numbers } = tasks.do({
        kind: 'derive',
        session: 1,
        records: [{ location, head: encodeHead(header), payload }],
      })
      opened += numbers[0] as number
    }
    return opened
  }
  assert.equal(opens(new KeptKeys(file, made.root)), COUNT)
  assert.equal(opens(new KeptKeys(`${file}.none`, made.root)), 0)
  const account = await made.open()
  assert.equal(opens(new KeptKeys(file, made.root)), 0, 'somebody uses it')
  assert.equal(opens(new KeptKeys(file, made.root, () => account)), COUNT)
  await account.close()
  assert.equal(opens(new KeptKeys(file, made.root, () => account)), 0, 'it has been closed')
  fs.writeFileSync(file, Buffer.alloc(40_000, 3))
  assert.equal(opens(new KeptKeys(file, made.root)), 0)
  await made.close()
  fs.rmSync(directory, { recursive: true })
})

for (const how of ['by the thread', 'without it'] as const) {
  test(`with keys and offsets that are wrong the index is the same, derived ${how}`, async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-kept-'))
    const made = await filled(directory)
    const account = await made.open()
    const before = seen(account)
    await account.close()
    const key = made.root.derive('index')
    using database = IndexDatabase.open(`${made.indexDirectory}/${made.id}.index`, key)
    database.write('UPDATE content SET payload_key = randomblob(32) WHERE record % 3 = 0').run()
    database.write('UPDATE content SET payload_offset = payload_offset * 3 WHERE record % 3 = 1').run()
    database.commit()
    database[Symbol.dispose]()
    const tasks = new DeriveTasks()
    const thread: DeriveThread = {
      isRunning: true,
      do: (task) => Promise.resolve(structuredClone(tasks.do(structuredClone(task)))),
    }
    const { root, reader, indexDirectory } = made
    const options = { root, reader, ledger: made.log, indexDirectory, clock: systemClock }
    await rebuildIndex(how === 'by the thread' ? { ...options, thread } : options)
    const again = await made.open()
    assert.deepEqual(seen(again), before)
    await again.close()
    assert.equal(
      new KeptKeys(`${indexDirectory}/${made.id}.index`, root).take(mailOf(made)[0]?.header.seq ?? 0)?.key.length,
      32,
    )
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
}
