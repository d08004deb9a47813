import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import type { EmailId, MailboxId } from '#base/ids.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import type { AccountLog, NewRecord } from './account-log.ts'
import { type Change, CommitInDoubtError, CommitRefusedError } from './account.ts'
import { CHAIN_START, JournalSealer, nextHead } from './journal.ts'
import type { AccountEvent, OpenAccount } from './open-account.ts'
import { encodeOperation } from './operation-codec.ts'
import type { Operation, Outcome } from './operation.ts'
import { INBOX } from './state.ts'

async function fixture(t: TestContext): Promise<Fixture> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-commit-'))
  const made = await makeFixture(directory, { quick: true })
  t.after(async () => {
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  return made
}

const set = (key: string, value: number): Operation => ({ kind: 'set', key, value })

function filing(mailbox = INBOX): Operation {
  return {
    kind: 'file',
    record: { message: 0 },
    mailboxes: [mailbox],
    keywords: [],
    internalDate: 1,
    thread: null,
    source: 'appended',
  }
}

async function append(account: OpenAccount, bytes: Buffer, pieces = 1, operation = filing()): Promise<Outcome> {
  using staged = account.stage(pieces === 1 ? bytes.length : null)
  const size = Math.ceil(bytes.length / pieces)
  for (let at = 0; at < bytes.length; at += size) await staged.write(bytes.subarray(at, at + size))
  const [outcome] = await account.commit([operation], [{ staged }])
  return outcome as Outcome
}

/** The log, with an `append` that may be something else. */
function logWith(
  { log }: Fixture,
  append: (records: readonly NewRecord[]) => ReturnType<AccountLog['append']>,
): AccountLog {
  return {
    append,
    stage: () => log.stage(),
    watch: (listener) => log.watch(listener),
    settled: (seq) => log.settled(seq),
  }
}

test('commits that wait at the same time share one journal record, and each gets its own outcomes', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  const before = made.ledger.size(made.id)
  const outcomes = await Promise.all([
    account.commit([set('a', 1)]),
    append(account, Buffer.from('Subject: x\r\n\r\nx\r\n')),
    account.commit([set('a', 2), { kind: 'destroyMailbox', mailbox: INBOX, destroyEmails: false }]),
    append(account, Buffer.from('Subject: y\r\n\r\ny\r\n')),
  ])
  // The two without a message come first; those with one wait for its sealing.
  assert.ok(made.ledger.size(made.id) - before <= 4)
  assert.deepEqual(
    outcomes[2].map((outcome) => outcome.applied),
    [true, false],
  )
  assert.equal(account.setting('a'), 2)
  assert.equal(account.view(INBOX)?.count, 2)
  const filed = [outcomes[1], outcomes[3]].map((outcome) => (outcome.applied ? outcome.added?.[0]?.uid : null))
  assert.deepEqual(new Set(filed), new Set([1, 2]))
  await account.close()
})

test('what is planned when it is written sees all that came before, and shares its record with nothing', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  const [created] = await account.commit([
    { kind: 'createMailbox', parent: null, name: 'box', role: null, uidValidity: 7, subscribed: true },
  ])
  const box = created?.applied === true ? (created.mailbox as MailboxId) : INBOX
  await append(account, Buffer.from('Subject: x\r\n\r\nx\r\n'))
  const before = made.ledger.size(made.id)
  await Promise.all([
    account.commit([set('a', 1)]),
    account.commit([{ kind: 'destroyMailbox', mailbox: box, destroyEmails: true }]),
    account.commit(() => [set('b', account.mailbox(box) === null ? 0 : 1)]),
    account.commit([set('a', 2)]),
  ])
  assert.equal(account.setting('b'), 0)
  assert.equal(made.ledger.size(made.id) - before, 3)
  using staged = account.stage(null)
  await staged.write(Buffer.from('Subject: y\r\n\r\ny\r\n'))
  const uid = account.mailbox(INBOX)?.uidNext ?? 0
  await account.commit(
    () => [filing(), { kind: 'markDeleted', mailbox: INBOX, set: [[uid, uid]], deleted: true, unchangedSince: null }],
    [{ staged }],
  )
  assert.deepEqual([account.mailbox(INBOX)?.messages, account.mailbox(INBOX)?.deleted], [2, 1])
  await account.close()
})

test('of messages that are stored together nothing stays in the ledger when one of them cannot be', async (t) => {
  const made = await fixture(t)
  const discarded: number[] = []
  let count = 0
  const ledger: AccountLog = {
    ...logWith(made, (records) => made.log.append(records)),
    stage() {
      const number = ++count
      const record = made.log.stage()
      return {
        write: (chunk) => record.write(chunk),
        finish: () => (number === 2 ? Promise.reject(new LedgerRefusedError('noSpace')) : record.finish()),
        discard() {
          discarded.push(number)
          record.discard()
        },
      }
    },
  }
  const account = await made.open({ ledger })
  const before = made.ledger.size(made.id)
  const messages = [1, 2, 3].map(() => ({ staged: account.stage(null) }))
  for (const { staged } of messages) await staged.write(Buffer.alloc(400_000, 'x'))
  const files = messages.map((_, message) => ({ ...filing(), record: { message } }) as Operation)
  await assert.rejects(account.commit(files, messages), CommitRefusedError)
  assert.deepEqual(new Set(discarded), new Set([1, 2, 3]))
  assert.equal(made.ledger.size(made.id), before)
  assert.equal(account.view(INBOX)?.count, 0)
  await account.close()
})

test('a refused commit takes no other with it, and leaves nothing', async (t) => {
  const made = await fixture(t)
  const log = logWith(made, (records) =>
    records.some(({ kind }) => kind === 'mail')
      ? Promise.reject(new LedgerRefusedError('overQuota'))
      : made.log.append(records),
  )
  const account = await made.open({ ledger: log })
  const results = await Promise.allSettled([
    append(account, Buffer.from('Subject: x\r\n\r\nx\r\n')),
    account.commit([set('a', 1)]),
    append(account, Buffer.alloc(600_000, 'x')),
    account.commit([set('b', 1)]),
    account.commit([set('', 1)]),
  ])
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? 'done' : (result.reason as Error).constructor.name)),
    ['CommitRefusedError', 'done', 'CommitRefusedError', 'done', 'RangeError'],
  )
  assert.ok(results[0].status === 'rejected' && (results[0].reason as CommitRefusedError).reason === 'overQuota')
  assert.equal(account.view(INBOX)?.count, 0)
  assert.deepEqual([account.setting('a'), account.setting('b')], [1, 1])
  await account.close()
})

for (const written of [false, true]) {
  test(`an append of which nobody knows whether it was written (it was${written ? '' : ' not'}) ends the account`, async (t) => {
    const made = await fixture(t)
    let broken = false
    const log = logWith(made, async (records) => {
      if (!broken) return made.log.append(records)
      if (written) await made.log.append(records)
      throw new Error('the connection broke')
    })
    const account = await made.open({ ledger: log })
    await account.commit([set('a', 1)])
    broken = true
    await assert.rejects(account.commit([set('a', 2)]), CommitInDoubtError)
    assert.match(String(await account.failed), /connection broke/)
    await assert.rejects(account.commit([set('a', 3)]), CommitRefusedError)
    await account.close()
    const again = await made.open()
    assert.equal(again.setting('a'), written ? 2 : 1)
    await again.commit([set('a', 4)])
    assert.equal(again.setting('a'), 4)
    await again.close()
  })
}

test('new mail that the log does not let be filed is filed later, and what is filed is read meanwhile', async (t) => {
  const made = await fixture(t)
  let isFull = false
  const log = logWith(made, (records) =>
    isFull ? Promise.reject(new LedgerRefusedError('noSpace')) : made.log.append(records),
  )
  const account = await made.open({ ledger: log })
  await append(account, Buffer.from('Subject: one\r\n\r\n'))
  isFull = true
  await made.deliver(Buffer.from('Subject: two\r\n\r\n'))
  await account.filed()
  assert.equal(account.view(INBOX)?.count, 1)
  assert.equal(account.summary(1 as EmailId)?.subject, 'one')
  await assert.rejects(account.commit([set('a', 1)]), CommitRefusedError)
  isFull = false
  await made.deliver(Buffer.from('Subject: three\r\n\r\n'))
  while (account.view(INBOX)?.count !== 3) await account.filed()
  assert.deepEqual(
    [2, 3].map((id) => account.summary(id as EmailId)?.subject),
    ['two', 'three'],
  )
  await account.close()
})

test('a journal record that comes late, or again, is passed over; one from nowhere stops the account', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  using sealer = new JournalSealer(made.root, made.id)
  const payloads: Buffer[] = []
  for (const record of made.reader.records({ seq: 0 as never, location: null })) {
    if (record.headDamage !== null || record.header.kind !== 'journal') continue
    payloads.push(made.reader.readPayload(record.location, record.header))
  }
  await account.commit([set('a', 1)])
  await account.close()
  const late = sealer.seal(nextHead(CHAIN_START, payloads[0] as Buffer), 1, [encodeOperation(set('a', 99) as never)])
  await made.log.append([{ kind: 'journal', payload: payloads[0] as Buffer }])
  await made.log.append([{ kind: 'journal', payload: late }])
  const events: AccountEvent[] = []
  const again = await made.open({ report: (event) => events.push(event) })
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['journalRecordPassedOver', 'journalRecordPassedOver'],
  )
  assert.equal(again.setting('a'), 1)
  await again.commit([set('b', 1)])

  const fork = sealer.seal({ counter: 3, previous: Buffer.alloc(32) }, 1, [])
  await made.log.append([{ kind: 'journal', payload: fork }])
  assert.match(String(await again.failed), /chain/)
  await again.close()
  await assert.rejects(made.open(), /chain/)
})

test('messages of any size come back byte for byte, whole and in ranges', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  const head = Buffer.from('Subject: long\r\n\r\n')
  for (const size of [0, 1, 65_520, 65_536, 131_072, 250_000, 1_500_000]) {
    const message = Buffer.concat([head, Buffer.alloc(size, 'abcdefghij klmnop qrst\r\n')])
    const outcome = await append(account, message, size > 1000 ? 7 : 1)
    assert.ok(outcome.applied && outcome.email !== undefined)
    const id = outcome.email
    {
      using opened = await account.open(id)
      assert.ok(message.equals(opened.bytes))
    }
    assert.equal(account.sizes([id])[0], message.length)
    for (const [start, end] of [
      [0, 10],
      [message.length - 5, message.length + 5],
      [65_530, 65_560],
      [5, 5],
      [0, message.length],
    ] as const) {
      using opened = await account.openRange(id, start, end)
      assert.ok(message.subarray(start, end).equals(opened.bytes), `${size}: ${start} to ${end}`)
    }
  }
  const opened = await account.open(1 as EmailId)
  opened[Symbol.dispose]()
  assert.ok(opened.bytes.every((byte) => byte === 0))
  await account.close()
})

test('sessions are told what changed, after they can see it', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  const changes: Change[] = []
  using _ = account.subscribe((change) => {
    assert.equal(account.modseq, change.modseq)
    changes.push(change)
  })
  await append(account, Buffer.from('Subject: x\r\n\r\nx\r\n'))
  const trash = account.mailboxByRole('trash')?.id as MailboxId
  await account.commit([{ kind: 'move', from: INBOX, set: [[1, 9]], to: trash }])
  await account.commit([
    { kind: 'changeKeywords', mailbox: trash, set: [[1, 1]], mode: 'add', keywords: ['$seen'], unchangedSince: null },
    { kind: 'remove', mailbox: trash, set: [[1, 1]] },
  ])
  assert.deepEqual(
    changes.map(({ mailboxes }) =>
      [...mailboxes].map(([id, { added, removed, changed }]) => [id, added, removed, changed]),
    ),
    [
      [[1, [1], [], []]],
      [
        [6, [1], [], []],
        [1, [], [1], []],
      ],
      [[6, [], [1], []]],
    ],
  )
  assert.deepEqual(account.changesSince(changes[0]?.modseq as never), {
    created: [],
    updated: [],
    destroyed: [{ email: 1, thread: 1, modseq: account.modseq, isMarked: true }],
  })
  assert.deepEqual(account.mailboxChangesSince(changes[0]?.modseq as never), { updated: [1, 6], destroyed: [] })
  await account.close()
})

test('what was appended is found by whoever searches at once, and after the account was closed before its text was indexed', async (t) => {
  const made = await fixture(t)
  const account = await made.open()
  await append(account, Buffer.from('Subject: one\r\n\r\nzebra\r\n'))
  assert.deepEqual(await account.searchText({ field: 'body', value: 'ebr' }, [1]), [1])
  await append(account, Buffer.from('Subject: two\r\n\r\nzebra\r\n'))
  await append(account, Buffer.from('Subject: three\r\n\r\nzebra\r\n'))
  assert.deepEqual(new Set(await account.searchWords({ field: null, text: 'zebra' })), new Set([1, 2, 3]))
  await append(account, Buffer.from('Subject: four\r\n\r\nzebra\r\n'))
  await append(account, Buffer.from('Subject: five\r\n\r\nzebra\r\n'))
  await account.commit([
    {
      kind: 'remove',
      mailbox: INBOX,
      set: [
        [2, 2],
        [5, 5],
      ],
    },
  ])
  await account.close()
  const again = await made.open()
  assert.deepEqual(await again.searchText({ field: 'body', value: 'ebr' }, [1, 2, 3, 4, 5]), [1, 3, 4])
  assert.deepEqual(new Set(await again.searchWords({ field: null, text: 'zebra' })), new Set([1, 3, 4]))
  await again.close()
})

test('what is expunged goes from the index a moment later, and can be filed again from its record', async (t) => {
  const made = await fixture(t)
  await made.deliver(Buffer.from('Subject: unique\r\n\r\nzebra\r\n'))
  const account = await made.open()
  assert.deepEqual(await account.searchWords({ field: null, text: 'zebra' }), [1])
  await account.commit([{ kind: 'remove', mailbox: INBOX, set: [[1, 1]] }])
  assert.equal(account.summary(1 as EmailId), null)
  assert.deepEqual(await account.searchWords({ field: null, text: 'zebra' }), [])
  await account.close()
  const again = await made.open()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const [filed] = await again.commit([
    {
      kind: 'file',
      record: { seq: 1 as never },
      mailboxes: [INBOX],
      keywords: [],
      internalDate: 5,
      thread: null,
      source: 'imported',
    },
  ])
  assert.ok(filed?.applied && filed.email === 2)
  assert.equal(again.summary(2 as EmailId)?.subject, 'unique')
  assert.deepEqual(await again.searchWords({ field: 'body', text: 'zebra' }), [2])
  {
    using opened = await again.open(2 as EmailId)
    assert.match(Buffer.from(opened.bytes).toString(), /zebra/)
  }
  await again.close()
})
