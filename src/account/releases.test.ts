// What an account releases, and when it says so: along with the commit that made it so, whatever that was; once for what older versions left; and never for long what an
// e-mail stands for, whoever said it.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { AccountId, MailboxId, Seq } from '#base/ids.ts'
import { NumberRanges } from '#base/number-ranges.ts'
import { RootSecret } from '#keys/root.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import { encodeRelease } from '#ledger/release.ts'
import { sleep } from '#platform/clock.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import { AccountIndex } from './account-index.ts'
import type { AccountLog } from './account-log.ts'
import { CHAIN_START } from './journal.ts'
import { FIRST_OPERATION } from './operation-arbitrary.test-support.ts'
import type { OpenAccount } from './open-account.ts'
import type { Operation } from './operation.ts'
import { type ReleasedMail, releasedIn } from './released.test-support.ts'
import { INBOX } from './state.ts'

let directory: string
let count = 0

before(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-test-'))
})
after(() => fs.rmSync(directory, { recursive: true, force: true }))

interface Opened extends AsyncDisposable {
  readonly fixture: Fixture
  readonly account: OpenAccount
  /** When everything is said. */
  released(): Promise<ReleasedMail>
}

async function open(messages: number, log?: (fixture: Fixture) => AccountLog): Promise<Opened> {
  const fixture = await makeFixture(path.join(directory, String(++count)), { quick: true })
  await fixture.deliver(...Array.from({ length: messages }, (_, at) => message(at)))
  const account = await fixture.open(log === undefined ? {} : { ledger: log(fixture) })
  await account.filed()
  return {
    fixture,
    account,
    released: () => quietly(fixture),
    async [Symbol.asyncDispose]() {
      await account.close()
      await fixture.close()
    },
  }
}

function message(number: number): Buffer {
  return Buffer.from(`From: a@x\r\nSubject: ${number}\r\nMessage-ID: <${number}@x>\r\n\r\nmessage ${number}\r\n`)
}

/** Looks so many times in a row before it believes that nothing comes: a machine may be busy. */
const QUIET_LOOKS = 5

async function quietly({ ledger, log, reader, id }: Fixture): Promise<ReleasedMail> {
  let size = -1
  for (let looks = 0; looks < QUIET_LOOKS; looks++) {
    if (size !== ledger.size(id)) looks = 0
    size = ledger.size(id)
    await log.settled((size - 1) as Seq)
    await sleep(30)
  }
  return releasedIn(reader)
}

async function mailboxNamed(account: OpenAccount, name: string): Promise<MailboxId> {
  const operation: Operation = {
    kind: 'createMailbox',
    parent: null,
    name,
    role: null,
    uidValidity: 1,
    subscribed: true,
  }
  const [made] = await account.commit([operation])
  assert.ok(made?.applied === true && made.mailbox !== undefined)
  return made.mailbox
}

test('every way in which a message can go is said along with its journal record', async () => {
  await using one = await open(12)
  const { account } = one
  const { mail } = await one.released()
  const records = [...mail]
  const box = await mailboxNamed(account, 'box')
  const ends: (readonly [what: string, gone: number, operations: () => Operation[]])[] = [
    ['IMAP EXPUNGE', 2, () => [{ kind: 'remove', mailbox: INBOX, set: [[1, 2]] }]],
    ['a move is none', 0, () => [{ kind: 'move', from: INBOX, set: [[3, 5]], to: box }]],
    ['a mailbox is destroyed', 3, () => [{ kind: 'destroyMailbox', mailbox: box, destroyEmails: true }]],
    [
      'JMAP destroys what is in one mailbox',
      1,
      () => [
        { kind: 'remove', mailbox: INBOX, set: [[6, 6]] },
        { kind: 'set', key: 'x', value: 1 },
      ],
    ],
  ]
  let gone = 0
  for (const [what, number, operations] of ends) {
    await account.commit(operations())
    gone += number
    const { released, alone } = await one.released()
    assert.deepEqual([...released], records.slice(0, gone), what)
    assert.equal(alone, 0, `${what}: in the same append`)
  }
})

test('a copy, or another mailbox, keeps a message; the last one that goes releases it', async () => {
  await using one = await open(3)
  const { account } = one
  const [first, second] = [...(await one.released()).mail] as [number, number]
  const box = await mailboxNamed(account, 'box')
  // A second membership, a copy beside it in the same mailbox.
  await account.commit([{ kind: 'addToMailbox', from: INBOX, set: [[1, 1]], to: box }])
  await account.commit([{ kind: 'addToMailbox', from: INBOX, set: [[2, 2]], to: INBOX }])
  await account.commit([{ kind: 'remove', mailbox: INBOX, set: [[1, 2]] }])
  assert.equal((await one.released()).records, 0)
  await account.commit([
    { kind: 'remove', mailbox: box, set: [[1, 1]] },
    { kind: 'remove', mailbox: INBOX, set: [[4, 4]] },
  ])
  const { released, alone } = await one.released()
  assert.deepEqual([...released], [first, second])
  assert.equal(alone, 0)
})

test('what comes and goes in one commit is said in the end, too', async () => {
  await using one = await open(4)
  const { account } = one
  const records = [...(await one.released()).mail]
  const box = await mailboxNamed(account, 'box')
  const mailbox = box
  await account.commit([
    { kind: 'move', from: INBOX, set: [[1, 1]], to: box },
    { kind: 'createMailbox', parent: null, name: 'other', role: null, uidValidity: 1, subscribed: true },
    { kind: 'destroyMailbox', mailbox, destroyEmails: true },
  ])
  assert.deepEqual([...(await one.released()).released], records.slice(0, 1))
  // Filed where nothing is: nobody sees it.
  using staged = account.stage(null)
  await staged.write(message(9))
  const filing = { keywords: [], internalDate: 0, thread: null, source: 'appended' } as const
  const [outcome] = await account.commit(
    [{ kind: 'file', record: { message: 0 }, mailboxes: [99 as MailboxId], ...filing }],
    [{ staged }],
  )
  assert.equal(outcome?.applied, false)
  const { released, mail } = await one.released()
  assert.deepEqual([...released], [records[0], [...mail].at(-1)])
})

test('what is restored is kept again by the commit that brings it back', async () => {
  await using one = await open(3)
  const { account } = one
  const [record] = [...(await one.released()).mail] as [number]
  await account.commit([{ kind: 'remove', mailbox: INBOX, set: [[1, 1]] }])
  assert.deepEqual([...(await one.released()).released], [record])
  const filing = { keywords: [], internalDate: 0, thread: null, source: 'restored' } as const
  await account.commit([{ kind: 'file', record: { seq: record as Seq }, mailboxes: [INBOX], ...filing }])
  const { released, alone } = await one.released()
  assert.deepEqual([...released], [])
  assert.equal(alone, 0)
})

test('an account from before there were releases says once what has gone', async () => {
  // As an older version would have written it.
  const older = ({ log }: Fixture): AccountLog => ({
    append(records) {
      const known = records.filter(({ kind }) => kind !== 'release')
      return known.length === 0 ? Promise.reject(new LedgerRefusedError('unavailable')) : log.append(known)
    },
    stage: () => log.stage(),
    watch: (listener) => log.watch(listener),
    settled: (seq) => log.settled(seq),
  })
  await using one = await open(20, older)
  const { fixture, account } = one
  await account.commit([
    {
      kind: 'remove',
      mailbox: INBOX,
      set: [
        [3, 6],
        [9, 9],
      ],
    },
  ])
  assert.equal((await one.released()).records, 0)
  await account.close()
  fs.rmSync(fixture.indexDirectory, { recursive: true })
  for (let time = 0; time < 2; time++) {
    const again = await fixture.open()
    // It is said when there is nothing else to do, on a busy machine not at once.
    for (let tries = 0; tries < 300 && releasedIn(fixture.reader).records === 0; tries++) await sleep(30)
    const { released, records } = await quietly(fixture)
    assert.equal(released.size, 5)
    assert.equal(records, 1)
    assert.equal(again.view(INBOX)?.count, 15)
    await again.close()
  }
})

test('whoever releases what is there is contradicted', async () => {
  await using one = await open(6)
  const { fixture, account } = one
  await account.commit([{ kind: 'remove', mailbox: INBOX, set: [[1, 1]] }])
  const everything = encodeRelease({ released: [[0, 2 ** 53 - 1]], kept: [] })
  const [gone] = [...(await one.released()).released]
  // While the account is open, and while it is not; and what is not understood.
  for (const isOpen of [true, false]) {
    if (!isOpen) await account.close()
    await fixture.ledger.append(fixture.id, [{ kind: 'release', payload: everything }])
    await fixture.ledger.append(fixture.id, [{ kind: 'release', payload: Buffer.from('drop it all') }])
    if (!isOpen) assert.ok((await quietly(fixture)).released.size > 4)
    const again = isOpen ? null : await fixture.open()
    assert.deepEqual([...(await quietly(fixture)).released], [gone])
    await again?.close()
  }
})

test('many at once are said in records of bounded size', () => {
  const root = new RootSecret(Buffer.alloc(32, 1))
  const account = '0123456789abcdef0123456789abcdef' as AccountId
  using index = AccountIndex.open(path.join(directory, 'many.index'), root, account)
  const messages = 5000
  for (let seq = 0; seq < messages; seq++) {
    const digest = Buffer.alloc(32)
    const fields = { digestAlgorithm: 'sha256', time: 0, payloadLength: 1, account, digest } as const
    index.mails.add({
      header: { kind: 'mail', seq: seq as Seq, ...fields },
      location: { segment: 0 as Seq, offset: seq },
    })
  }
  const filing = { keywords: [], internalDate: 0, thread: null, source: 'delivered', mailboxes: [INBOX] } as const
  const files = Array.from(
    { length: messages },
    (_, seq) => ({ kind: 'file', record: { seq: seq as Seq }, ...filing }) as const,
  )
  index.apply(messages, 0, CHAIN_START, [FIRST_OPERATION, ...files])
  const set = Array.from({ length: messages / 2 }, (_, at) => [2 * at + 1, 2 * at + 1] as const)
  index.apply(messages + 1, 0, CHAIN_START, [{ kind: 'remove', mailbox: INBOX, set }])
  const said = new NumberRanges()
  for (const expected of [2048, messages / 2 - 2048, null]) {
    const release = index.releases.next({ named: [], unnamed: [] })
    assert.equal(release?.released.length ?? null, expected)
    for (const [first, last] of release?.released ?? []) said.add(first, last)
    if (release !== null) index.releases.appended(messages + 2 + said.count, release)
  }
  assert.deepEqual(
    [...said],
    Array.from({ length: messages / 2 }, (_, at) => [2 * at, 2 * at]),
  )
})
