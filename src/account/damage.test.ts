import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import type { EmailId, Seq } from '#base/ids.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import { DamagedMessageError } from './account.ts'
import { JournalDamagedError } from './journal.ts'
import type { OpenAccount } from './open-account.ts'
import { INBOX } from './state.ts'

async function fixture(t: TestContext): Promise<Fixture> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-damage-'))
  const made = await makeFixture(directory, { quick: true })
  t.after(async () => {
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  return made
}

const message = (number: number): Buffer =>
  Buffer.from(`From: a@x\r\nSubject: number ${number}\r\n\r\nbody ${number}\r\n`)

async function settle({ log, ledger, id }: Fixture): Promise<void> {
  await log.settled((ledger.size(id) - 1) as Seq)
}

/** Changes a byte of a record in its segment; returns what undoes that. */
function flip({ reader, directory, id }: Fixture, record: number, offset: number): () => void {
  const found = reader.locate(record as Seq)
  assert.ok(found !== null)
  const name = found.location.segment.toString(16).padStart(16, '0')
  const file = path.join(directory, 'ledger/accounts', id.slice(0, 2), id, 'segments', `${name}.seg`)
  const change = (): void => {
    const fd = fs.openSync(file, 'r+')
    const byte = Buffer.alloc(1)
    fs.readSync(fd, byte, 0, 1, found.location.offset + offset)
    fs.writeSync(fd, Buffer.of((byte[0] as number) ^ 1), 0, 1, found.location.offset + offset)
    fs.closeSync(fd)
  }
  change()
  return change
}

const IN_HEAD = 50
const IN_PAYLOAD = 250

function subjects(account: OpenAccount): (string | undefined)[] {
  const view = account.view(INBOX)
  return Array.from(
    { length: view?.count ?? 0 },
    (_, index) => account.summary(view?.emails[index] as EmailId)?.subject,
  )
}

async function textOf(account: OpenAccount, id: number): Promise<string> {
  using opened = await account.open(id as EmailId)
  return Buffer.from(opened.bytes).toString()
}

function uids(account: OpenAccount): number[] {
  const view = account.view(INBOX)
  return [...(view?.uids.subarray(0, view.count) ?? [])]
}

for (const [where, offset] of [
  ['payload', IN_PAYLOAD],
  ['head', IN_HEAD],
] as const) {
  test(`mail whose ${where} is damaged when the index is made again keeps its place, and heals`, async (t) => {
    const made = await fixture(t)
    await made.deliver(message(1))
    await made.deliver(message(2))
    await made.deliver(message(3))
    const account = await made.open()
    const flags = { mailbox: INBOX, set: [[2, 2]], mode: 'add', keywords: ['$flagged'], unchangedSince: null } as const
    await account.commit([{ kind: 'changeKeywords', ...flags }])
    await account.close()
    await settle(made)
    const undo = flip(made, 2, offset)
    fs.rmSync(made.indexDirectory, { recursive: true })

    const damaged = await made.open()
    assert.deepEqual(subjects(damaged), ['number 1', 'A message that cannot be read', 'number 3'])
    assert.deepEqual(uids(damaged), [1, 2, 3])
    assert.equal(damaged.email(2 as EmailId)?.damaged, true)
    assert.deepEqual(damaged.email(2 as EmailId)?.keywords, ['$flagged'])
    assert.match(await textOf(damaged, 2), /cannot be read/)
    assert.match(
      await textOf(damaged, 2),
      where === 'head' ? /record 2: it cannot be found/ : /record 2: bytes \d+ to \d+ /,
    )
    assert.equal(damaged.sizes([2])[0], (await textOf(damaged, 2)).length)
    assert.equal(await textOf(damaged, 3), message(3).toString())
    if (where === 'payload') {
      undo()
      assert.equal(await textOf(damaged, 2), message(2).toString())
      assert.deepEqual(subjects(damaged), ['number 1', 'number 2', 'number 3'])
      assert.equal(damaged.email(2 as EmailId)?.damaged, false)
    }
    await damaged.close()
    if (where === 'head') undo()

    const healed = await made.open()
    assert.deepEqual(subjects(healed), ['number 1', 'number 2', 'number 3'])
    assert.deepEqual(uids(healed), [1, 2, 3])
    assert.equal(await textOf(healed, 2), message(2).toString())
    assert.equal(healed.sizes([2])[0], message(2).length)
    assert.deepEqual(await healed.searchText({ field: 'body', value: 'body 2' }, [1, 2, 3]), [2])
    await healed.close()
  })
}

test('mail that is damaged before it was filed is filed as a notice, with what follows it', async (t) => {
  const made = await fixture(t)
  await made.deliver(message(1))
  await made.deliver(message(2))
  await settle(made)
  flip(made, 1, IN_PAYLOAD)
  const account = await made.open()
  assert.deepEqual(subjects(account), ['A message that cannot be read', 'number 2'])
  await account.close()
})

test('a message damaged after it was filed is refused, and the account goes on', async (t) => {
  const made = await fixture(t)
  await made.deliver(message(1))
  await made.deliver(message(2))
  const account = await made.open()
  flip(made, 1, IN_PAYLOAD)
  await assert.rejects(account.open(1 as EmailId), (error) => {
    assert.ok(error instanceof DamagedMessageError)
    assert.match(error.damage ?? '', /^record \d+: bytes \d+ to \d+ of its segment were changed$/)
    return true
  })
  await assert.rejects(account.openRange(1 as EmailId, 0, 5), DamagedMessageError)
  assert.equal(await textOf(account, 2), message(2).toString())
  await account.commit([{ kind: 'set', key: 'a', value: 1 }])
  await account.close()
})

test('a damaged journal record stops a rebuild, but not an index that is beyond it', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  for (const value of [1, 2, 3]) await account.commit([{ kind: 'set', key: 'a', value }])
  await account.close()
  await settle(made)
  const undo = flip(made, 2, 150)
  const still = await made.open()
  assert.equal(still.setting('a'), 3)
  await still.close()
  fs.renameSync(made.indexDirectory, `${made.indexDirectory}-aside`)
  await assert.rejects(made.open(), (error) => error instanceof JournalDamagedError && error.seq === 2)
  undo()
  const again = await made.open()
  assert.equal(again.setting('a'), 3)
  await again.close()
})
