import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Fixture, makeFixture } from './account-fixture.ts'
import type { OpenAccount } from './open-account.ts'

const PAGE_BYTES = 8192

async function scene(t: TestContext): Promise<{ readonly fixture: Fixture; readonly index: string }> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-check-'))
  const fixture = await makeFixture(directory, { quick: true })
  t.after(async () => {
    await fixture.close()
    fs.rmSync(directory, { recursive: true })
  })
  const message = (number: number): Buffer =>
    Buffer.from(`From: a@example.net\r\nSubject: ${number}\r\n\r\n${`word${number} in a line\r\n`.repeat(number * 40)}`)
  await fixture.deliver(...Array.from({ length: 60 }, (_, number) => message(number)))
  const account = await fixture.open()
  await account.filed()
  await account.close()
  return { fixture, index: `${fixture.indexDirectory}/${fixture.id}.index` }
}

const check = (account: OpenAccount): Promise<boolean> => account.checkIndex(() => Promise.resolve(true))

test('an index that is whole is read to its end', async (t) => {
  const { fixture } = await scene(t)
  const account = await fixture.open()
  let steps = 0
  assert.equal(await account.checkIndex(() => Promise.resolve(++steps > 0)), true)
  assert.ok(steps > 20)
  assert.equal(await account.checkIndex(() => Promise.resolve(false)), false, 'it was left')
  await account.close()
})

test('one page after another is damaged, and found, and the index is made again', async (t) => {
  const { fixture, index } = await scene(t)
  const original = fs.readFileSync(index)
  const pages = original.length / PAGE_BYTES
  assert.ok(pages > 40, `${pages} pages`)
  let found = 0
  let free = 0
  for (let page = 1; page < pages; page += 9) {
    fs.rmSync(`${index}-wal`, { force: true })
    fs.writeFileSync(index, original)
    const account = await fixture.open()
    const descriptor = fs.openSync(index, 'r+')
    fs.writeSync(
      descriptor,
      Buffer.from([(original[page * PAGE_BYTES + 900] as number) ^ 1]),
      0,
      1,
      page * PAGE_BYTES + 900,
    )
    fs.closeSync(descriptor)
    const isWhole = await check(account)
    if (isWhole) free++
    else {
      found++
      assert.match(String(await account.failed), /the index is damaged/)
    }
    await account.close()
    assert.equal(fs.existsSync(index), isWhole)
  }
  // Pages that hold nothing need not be read.
  assert.ok(found > 5 * free, `${found} found, ${free} not`)
})
