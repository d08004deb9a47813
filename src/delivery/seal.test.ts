import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import { randomBytes } from '#crypto/random.ts'
import { MemoryStore, accountNumber, keyOf } from './memory-store.test-support.ts'
import { formatReply } from './reply.ts'
import { type SealTarget, SealingMessage, type StoreOutcome } from './seal.ts'

const KIB = 1024
const [ADA, BEN, EVE] = [1, 2, 3].map(accountNumber) as [AccountId, AccountId, AccountId]

function target(account: AccountId, changes: Partial<SealTarget> = {}): SealTarget {
  return {
    account,
    key: keyOf(account),
    quotaBytes: null,
    head: () => Buffer.from(`Delivered-To: ${account}\r\n`),
    ...changes,
  }
}

/** Text of that length that is not all alike. */
function body(length: number): Buffer {
  const line = Buffer.from(`${randomBytes(30).toString('base64')}\r\n`)
  return Buffer.alloc(length, line)
}

async function deliver(
  store: MemoryStore,
  targets: readonly SealTarget[],
  message: Uint8Array,
  pieceLength = 16 * KIB,
): Promise<StoreOutcome> {
  using sealing = new SealingMessage(store, targets)
  for (let at = 0; at < message.length; at += pieceLength) {
    const piece = Buffer.from(message.subarray(at, at + pieceLength))
    await sealing.write(piece)
    // Whoever reads from a connection uses the same buffer again.
    piece.fill(0)
  }
  return await sealing.commit()
}

function replyOf(outcome: StoreOutcome): string {
  return outcome.kind === 'stored' ? 'stored' : formatReply(outcome.reply)
}

for (const length of [0, 1, 10 * KIB, 128 * KIB, 128 * KIB + 1, 1024 * KIB + 5, 3000 * KIB]) {
  for (const pieceLength of [1000, 64 * KIB, 5000 * KIB]) {
    test(`${length} bytes in pieces of ${pieceLength}: each recipient has their own trace fields and the message`, async () => {
      const store = new MemoryStore()
      const message = body(length)
      const outcome = await deliver(store, [target(ADA), target(BEN, { quotaBytes: 7 })], message, pieceLength)
      assert.deepEqual(outcome, { kind: 'stored' })
      for (const account of [ADA, BEN]) {
        const [stored, ...others] = store.messages(account)
        assert.deepEqual(others, [])
        assert.ok(stored === `Delivered-To: ${account}\r\n${message.toString('latin1')}`, 'byte for byte')
      }
      assert.deepEqual(new Set(store.records.map((record) => record.quotaBytes)), new Set([7, null]))
      assert.equal(store.open.size, 0, 'nothing stays staged')
    })
  }
}

test('a long message goes to the store as it comes, in bounded pieces', async () => {
  const store = new MemoryStore()
  using sealing = new SealingMessage(store, [target(ADA), target(BEN)])
  let staged = 0
  for (let piece = 0; piece < 64; piece++) {
    await sealing.write(body(64 * KIB))
    staged = store.open.size
  }
  assert.equal(staged, 2)
  assert.ok(store.largestWrite <= 64 * KIB + 16, `${store.largestWrite} bytes at once`)
  assert.deepEqual(await sealing.commit(), { kind: 'stored' })
})

test('many recipients of a message that is nearly long: little is in memory at a time', async () => {
  const store = new MemoryStore()
  const targets = Array.from({ length: 50 }, (_, index) => target(accountNumber(index)))
  assert.deepEqual(await deliver(store, targets, body(120 * KIB)), { kind: 'stored' })
  assert.equal(store.records.length, 50)
  assert.equal(store.mostAppending, 1)
  await deliver(store, targets, body(2 * KIB))
  assert.ok(store.mostAppending > 10, 'small ones share their syncs')
})

test('trace fields of unusual length', async () => {
  const store = new MemoryStore()
  const head = `X: ${'x'.repeat(200 * KIB)}\r\n`
  const outcome = await deliver(store, [target(ADA, { head: () => Buffer.from(head) })], body(100 * KIB))
  assert.deepEqual(outcome, { kind: 'stored' })
  assert.ok(store.messages(ADA)[0]?.startsWith(head))
  assert.equal(store.open.size, 0)
})

test('a sender who announced another size', async () => {
  const store = new MemoryStore()
  for (const announced of [0, 1, 10 ** 9]) {
    using sealing = new SealingMessage(store, [target(ADA)], announced)
    await sealing.write(body(50 * KIB))
    assert.deepEqual(await sealing.commit(), { kind: 'stored' })
  }
  assert.deepEqual(
    store.messages(ADA).map((message) => message.length),
    Array.from({ length: 3 }, () => 50 * KIB + `Delivered-To: ${ADA}\r\n`.length),
  )
})

for (const [size, length] of [
  ['short', 10 * KIB],
  ['long', 500 * KIB],
] as const) {
  test(`${size}: without a usable key nothing is stored, for nobody`, async () => {
    const store = new MemoryStore()
    const outcome = await deliver(store, [target(ADA), target(BEN, { key: null })], body(length))
    assert.match(replyOf(outcome), /^451 4\.3\.5 /)
    assert.equal(store.records.length, 0)
    assert.equal(store.open.size, 0)
  })

  test(`${size}: over quota is permanent for one recipient, and temporary if there are others`, async () => {
    const store = new MemoryStore()
    store.fault = (step, account) => (step === 'append' && account === ADA ? 'overQuota' : null)
    assert.match(replyOf(await deliver(store, [target(ADA)], body(length))), /^552 5\.2\.2 /)
    assert.match(replyOf(await deliver(store, [target(ADA), target(BEN)], body(length))), /^452 4\.2\.2 /)
  })

  test(`${size}: whatever the ledger does, a message is taken only if it is durable for all`, async () => {
    for (const step of ['append', 'stage', 'write', 'finish'] as const) {
      for (const fault of ['noSpace', 'unavailable', new Error('connection lost')] as const) {
        const store = new MemoryStore()
        store.fault = (at, account) => (at === step && account === BEN ? fault : null)
        const outcome = await deliver(store, [target(ADA), target(BEN), target(EVE)], body(length))
        const happens = step === 'append' || size === 'long'
        if (happens) assert.match(replyOf(outcome), fault === 'noSpace' ? /^452 4\.3\.1 / : /^451 4\.3\.0 /)
        else assert.equal(replyOf(outcome), 'stored')
        if (outcome.kind === 'refused') assert.equal(outcome.stored, store.records.length)
        if (happens && step !== 'append') assert.equal(store.records.length, 0, 'nobody has it twice later')
        assert.equal(store.open.size, 0)
      }
    }
  })
}

test('after a refusal nothing more is appended', async () => {
  const store = new MemoryStore()
  store.fault = (step, account) => (step === 'append' && account === BEN ? 'overQuota' : null)
  // One at a time.
  const outcome = await deliver(store, [target(ADA), target(BEN), target(EVE)], body(120 * KIB))
  assert.deepEqual(outcome.kind === 'refused' && [outcome.reason, outcome.stored], ['overQuota', 1])
  assert.deepEqual(store.messages(EVE), [])
})

test('a message that is given up leaves nothing', async () => {
  const store = new MemoryStore()
  {
    using sealing = new SealingMessage(store, [target(ADA), target(BEN)])
    await sealing.write(body(500 * KIB))
  }
  assert.deepEqual([store.records.length, store.open.size], [0, 0])
  const sealing = new SealingMessage(store, [target(ADA), target(BEN)])
  const writing = sealing.write(body(500 * KIB))
  sealing[Symbol.dispose]()
  await writing
  assert.deepEqual([store.records.length, store.open.size], [0, 0])
})

test('disposing of a message that is being committed does not touch it', async () => {
  for (const length of [120 * KIB, 500 * KIB]) {
    const store = new MemoryStore()
    const message = body(length)
    const sealing = new SealingMessage(store, [target(ADA), target(BEN)])
    await sealing.write(message)
    const commit = sealing.commit()
    sealing[Symbol.dispose]()
    assert.deepEqual(await commit, { kind: 'stored' })
    for (const account of [ADA, BEN]) {
      assert.ok(store.messages(account)[0]?.endsWith(`\r\n${message.toString('latin1')}`))
    }
  }
})
