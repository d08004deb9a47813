// What the owner's vault notices of a ledger that is not honest, and that it suspects no other.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import type { AccountId, EmailId, Seq } from '#base/ids.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { signingKeyFromSeed } from '#crypto/ed25519.ts'
import type { RootSecret } from '#keys/root.ts'
import { openLedger } from '#ledger/ledger.ts'
import { parseMark, signMark } from '#ledger/mark.ts'
import { LogReader } from '#ledger/reader.ts'
import { encodeHead } from '#ledger/record.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { makeFixture } from './account-fixture.ts'
import { LedgerLog } from './ledger-log.ts'
import type { LogAlarm } from './log-alarm.ts'
import { type PlainRecord, appendTo, recordsOf, rewriteLog } from './malicious-ledger.test-support.ts'
import { type OpenAccount, openAccount } from './open-account.ts'
import { INBOX } from './state.ts'

interface Scene {
  readonly directory: string
  readonly ledger: string
  readonly index: string
  readonly id: AccountId
  readonly root: RootSecret
  /** One time that the server runs, and the account is open. */
  session(use?: (account: OpenAccount) => Promise<void>): Promise<LogAlarm[]>
  /** The same; new mail comes first. */
  withMail(count: number): Promise<LogAlarm[]>
}

async function scene(t: TestContext): Promise<Scene> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-tamper-'))
  t.after(() => fs.rmSync(directory, { recursive: true }))
  const made = await makeFixture(directory, { quick: true })
  const { id, indexDirectory: index } = made
  const root = made.root.copy()
  await made.close()
  const ledger = `${directory}/ledger`
  const session = async (
    use: (account: OpenAccount) => Promise<void> = () => Promise.resolve(),
    mail = 0,
  ): Promise<LogAlarm[]> => {
    const opened = await openLedger({ disk: systemDisk, clock: systemClock, directory: ledger })
    const message = sealAge([root.recipient('x25519')], Buffer.from('Subject: x\r\n\r\ny\r\n'))
    for (let at = 0; at < mail; at++) await opened.append(id, [{ kind: 'mail', payload: message }])
    using reader = new LogReader(systemDisk, ledger, id)
    const account = await openAccount({
      clock: systemClock,
      ledger: new LedgerLog(opened, id),
      reader,
      root,
      indexDirectory: index,
      address: 'ada@example.test',
    })
    await account.filed()
    await use(account)
    await account.close()
    await opened.close()
    return [...account.integrity.report(null).alarms]
  }
  return { directory, ledger, index, id, root, session, withMail: (count) => session(undefined, count) }
}

const kinds = (alarms: readonly LogAlarm[]): string[] => alarms.map(({ kind }) => kind)

function copy(from: string, to: string): void {
  fs.rmSync(to, { recursive: true, force: true })
  fs.cpSync(from, to, { recursive: true })
}

test('an honest ledger is never suspected: locked, opened, without its index, with an old one', async (t) => {
  const { index, session, withMail } = await scene(t)
  assert.deepEqual(await withMail(5), [])
  copy(index, `${index}.old`)
  assert.deepEqual(await withMail(3), [])
  copy(`${index}.old`, index)
  assert.deepEqual(await session(), [])
  fs.rmSync(index, { recursive: true })
  assert.deepEqual(await withMail(1), [])
  for (const name of fs.readdirSync(index)) if (name.endsWith('.index')) fs.rmSync(path.join(index, name))
  assert.deepEqual(await session(), [])
})

test('the owner signs when the account is closed, once, and only if something came', async (t) => {
  const { ledger, id, session, withMail } = await scene(t)
  const marks = (): (number | undefined)[] =>
    recordsOf(ledger, id)
      .filter(({ kind }) => kind === 'mark')
      .map(({ payload }) => parseMark(payload)?.number)
  await withMail(2)
  assert.deepEqual(marks(), [0])
  await session()
  assert.deepEqual(marks(), [0])
  await withMail(1)
  assert.deepEqual(marks(), [0, 1])
})

for (const withIndex of [true, false]) {
  test(`an old directory is an alarm ${withIndex ? 'for the index' : 'without the index'}, and mail is read all the same`, async (t) => {
    const { ledger, index, session, withMail } = await scene(t)
    await withMail(2)
    copy(ledger, `${ledger}.old`)
    await withMail(2)
    copy(`${ledger}.old`, ledger)
    if (!withIndex)
      for (const name of fs.readdirSync(index)) if (name.endsWith('.index')) fs.rmSync(path.join(index, name))
    const alarms = await session((account) => {
      assert.equal(account.view(INBOX)?.count, 2)
      assert.deepEqual(kinds(account.integrity.alarms), ['rollback'])
      return Promise.resolve()
    })
    assert.deepEqual(kinds(alarms), ['rollback'])
    // It goes on until somebody acknowledges it, and meanwhile the owner signs nothing.
    assert.deepEqual(kinds(await withMail(1)), ['rollback'])
    assert.equal(recordsOf(ledger, (await idOf(ledger)) as AccountId).filter(({ kind }) => kind === 'mark').length, 1)
    await session(async (account) => {
      assert.equal(await account.integrity.acknowledge(), true)
      assert.deepEqual(account.integrity.alarms, [])
      assert.equal(await account.integrity.acknowledge(), false)
      assert.ok(Array.isArray(account.setting('integrity/alarms')))
    })
    const later = await withMail(1)
    assert.deepEqual(kinds(later), ['rollback'])
    assert.ok(later.every(({ acknowledged }) => acknowledged !== null))
  })
}

function idOf(ledger: string): Promise<string> {
  const [shard] = fs.readdirSync(`${ledger}/accounts`)
  return Promise.resolve(fs.readdirSync(`${ledger}/accounts/${shard}`)[0] as string)
}

interface Attack {
  readonly name: string
  readonly change: (records: readonly PlainRecord[]) => readonly PlainRecord[]
  readonly found: string
}

const attacks: readonly Attack[] = [
  { name: 'drops the newest records', change: (records) => records.slice(0, -2), found: 'rollback' },
  { name: 'drops one from the middle', change: (records) => records.toSpliced(2, 1), found: 'rollback' },
  {
    name: 'swaps two',
    change: (records) => records.with(1, records[2] as PlainRecord).with(2, records[1] as PlainRecord),
    found: 'fork',
  },
  {
    name: 'replaces mail by other mail',
    change: (records) => records.with(1, { kind: 'mail', payload: Buffer.from('another') }),
    found: 'fork',
  },
]

for (const { name, change, found } of attacks) {
  test(`a ledger that ${name}, and signs that, is noticed`, async (t) => {
    const { ledger, id, withMail, session } = await scene(t)
    await withMail(4)
    await rewriteLog(ledger, id, change(recordsOf(ledger, id)))
    const alarms = await session().catch((error: unknown) => error)
    // Where a journal record is out of its place the account cannot be opened at all; the alarm is remembered before that.
    if (Array.isArray(alarms)) assert.ok(kinds(alarms as LogAlarm[]).includes(found), JSON.stringify(alarms))
    else assert.ok(fs.readFileSync(witnessOf(id, ledger), 'utf8').includes(`"${found}"`))
  })
}

function witnessOf(id: AccountId, ledger: string): string {
  return `${path.dirname(ledger)}/index/${id}.witness`
}

test('another branch of the log, signed by the ledger, is a fork', async (t) => {
  const { ledger, session, withMail } = await scene(t)
  await withMail(2)
  copy(ledger, `${ledger}.branch`)
  await withMail(3)
  copy(ledger, `${ledger}.first`)
  copy(`${ledger}.branch`, ledger)
  assert.deepEqual(kinds(await withMail(9)), ['fork'])
  copy(`${ledger}.first`, ledger)
  assert.deepEqual(kinds(await session()), ['fork', 'rollback'], 'and back again is another')
})

test('checkpoints of another log beside the right records are a fork, told once', async (t) => {
  const { directory, ledger, index, id, root, withMail } = await scene(t)
  await withMail(3)
  const other = `${directory}/other`
  copy(ledger, other)
  await rewriteLog(other, id, recordsOf(ledger, id).with(1, { kind: 'mail', payload: Buffer.from('another') }))
  const checkpoints = `accounts/${id.slice(0, 2)}/${id}/checkpoints`
  fs.copyFileSync(`${other}/${checkpoints}`, `${ledger}/${checkpoints}`)
  // An honest ledger would not go on with such an account.
  const refuse = (): never => assert.fail('nothing is appended')
  const silent = {
    append: refuse,
    stage: refuse,
    settled: () => Promise.resolve(),
    watch: () => Promise.resolve({ size: 0, [Symbol.dispose]: () => undefined }),
  }
  for (let time = 0; time < 2; time++) {
    using reader = new LogReader(systemDisk, ledger, id)
    const options = {
      reader,
      root,
      clock: systemClock,
      ledger: silent,
      indexDirectory: index,
      address: 'ada@example.test',
    }
    const events: string[] = []
    const account = await openAccount({ ...options, report: ({ kind }) => events.push(kind) })
    assert.equal(account.view(INBOX)?.count, 3)
    assert.deepEqual(kinds(account.integrity.alarms), ['fork'])
    assert.deepEqual(events, time === 0 ? ['alarm'] : [], 'the index is of the log that is there')
    await account.close()
  }
})

test('a mark that the owner did not sign, or that is about another log, is an alarm', async (t) => {
  const { ledger, id, session, withMail } = await scene(t)
  await withMail(2)
  const stranger = signingKeyFromSeed(Buffer.alloc(32, 5))
  const forged = signMark(stranger, { account: id, size: 1, root: Buffer.alloc(32), number: 1 })
  await appendTo(ledger, id, [{ kind: 'mark', payload: forged }])
  assert.deepEqual(kinds(await session()), ['mark'])
  // The owner's own, about a log that was another.
  const { session: again, ledger: second, id: secondId, root, withMail: deliver } = await scene(t)
  await deliver(1)
  const own = signingKeyFromSeed(root.derive('checkpoint'))
  const wrong = signMark(own, { account: secondId, size: 1, root: Buffer.alloc(32), number: 1 })
  await appendTo(second, secondId, [{ kind: 'mark', payload: wrong }])
  assert.deepEqual(kinds(await again()), ['mark'])
})

test('a record that another replaced on the disk is an alarm when it is read; a damaged one is none', async (t) => {
  const { ledger, id, session, withMail } = await scene(t)
  await withMail(3)
  using reader = new LogReader(systemDisk, ledger, id)
  const [first, second] = [reader.locate(1 as Seq), reader.locate(2 as Seq)]
  assert.ok(first !== null && second !== null)
  const segment = `${ledger}/accounts/${id.slice(0, 2)}/${id}/segments/${'0'.repeat(16)}.seg`
  const write = (at: number, bytes: Buffer): void => {
    const file = systemDisk.openWrite(segment)
    file.write(bytes, at)
    file.close()
  }
  const read = (account: OpenAccount, email: number): Promise<unknown> =>
    account.open(email as EmailId).then(
      (opened) => opened[Symbol.dispose](),
      () => undefined,
    )
  // A bit of a payload: damage.
  write(second.location.offset + 128, Buffer.of(0xff, 0xff))
  assert.deepEqual(await session(async (account) => void (await read(account, 2))), [])
  // A head that fits in itself, of another payload.
  write(first.location.offset, encodeHead({ ...first.header, digest: Buffer.alloc(32, 1) }))
  let told = 0
  const alarms = await session(async (account) => {
    using _ = account.integrity.watch(() => told++)
    account.integrity.watch(() => assert.fail('it has gone'))[Symbol.dispose]()
    await read(account, 1)
    await read(account, 1)
  })
  assert.equal(told, 1)
  assert.deepEqual(
    alarms.map(({ kind, known }) => [kind, known.size]),
    [['record', 1]],
  )
})

test('marks that were stripped are missed by who remembers nothing but the key', async (t) => {
  const { ledger, index, id, session, withMail } = await scene(t)
  await withMail(1)
  // The journal says from now on that there is a mark.
  await withMail(1)
  const records = recordsOf(ledger, id).filter(({ kind }) => kind !== 'mark')
  fs.rmSync(index, { recursive: true })
  await rewriteLog(ledger, id, records)
  const alarms = await session().catch(() => [] as LogAlarm[])
  assert.deepEqual(kinds(alarms), ['marksMissing'])
})

test('a ledger that signs with another key is an alarm', async (t) => {
  const { ledger, id, session, withMail } = await scene(t)
  await withMail(1)
  const records = recordsOf(ledger, id)
  fs.rmSync(ledger, { recursive: true })
  fs.mkdirSync(`${ledger}/accounts/${id.slice(0, 2)}/${id}`, { recursive: true })
  fs.rmSync(`${ledger}/accounts`, { recursive: true })
  await appendTo(ledger, id, records)
  assert.ok(kinds(await session()).includes('signature'))
})
