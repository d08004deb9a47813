// Released payloads on a simulated disk: they go when the ledger's own time says so, not sooner, and nothing else does.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { encodeRelease } from '#ledger/release.ts'
import { DAY_MS, PERIOD_MS, RetentionWorld, settle } from './retention-world.ts'
import { ACCOUNT } from './scratch-ledger.ts'

test('what was released goes after the retention time, not before, and its space returns', async () => {
  const world = await RetentionWorld.open()
  const numbers = await world.receive(40)
  await world.pass(61_000)
  await world.release([[5, 24]])
  await world.pass(11_000)
  const before = world.bytes()
  const usage = world.scratch.ledger.usageBytes(ACCOUNT)
  await world.pass(PERIOD_MS - DAY_MS)
  assert.deepEqual(world.dropped(), [])
  await world.pass(9 * DAY_MS)
  assert.deepEqual(world.dropped(), numbers.slice(5, 25))
  await world.assertVerifies()
  assert.ok(world.bytes() < before - 20 * 900, 'segments and their parity have shrunk')
  assert.ok(world.scratch.ledger.usageBytes(ACCOUNT) < usage - 20 * 900, 'the quota has room again')
  for (const number of numbers.slice(5, 25)) {
    world.assertNowhere(world.mail[number] as Buffer)
  }
  await world.receive(30)
  await world.scratch.close()
  await world.scratch.reopen()
  assert.deepEqual(world.dropped(), numbers.slice(5, 25))
  await world.assertVerifies()
  await world.scratch.close()
})

test('what was kept again in time stays', async () => {
  const world = await RetentionWorld.open()
  await world.receive(30)
  await world.release([[0, 29]])
  await world.pass(PERIOD_MS - DAY_MS)
  await world.release(
    [],
    [
      [3, 3],
      [10, 12],
    ],
  )
  await world.pass(10 * DAY_MS)
  const dropped = world.dropped()
  for (const number of [3, 10, 11, 12]) assert.ok(!dropped.includes(number))
  assert.equal(dropped.length, 26)
  // And released once more, it waits anew.
  await world.release([[10, 12]])
  await world.pass(PERIOD_MS - DAY_MS)
  assert.equal(world.dropped().length, 26)
  await world.pass(10 * DAY_MS)
  assert.equal(world.dropped().length, 29)
  await world.assertVerifies()
  await world.scratch.close()
})

test('a time of day that jumps by years changes nothing', async () => {
  for (const years of [-30, 30]) {
    const world = await RetentionWorld.open()
    await world.receive(30)
    await world.release([[0, 29]])
    await world.pass(10 * DAY_MS)
    world.scratch.clock.setBack(-years * 365 * DAY_MS)
    await world.receive(1)
    await world.pass(10 * DAY_MS)
    assert.deepEqual(world.dropped(), [], `${years} years`)
    // Nor over a restart, in which no time passes that anybody could know of.
    await world.scratch.close()
    world.scratch.clock.setBack(-years * 365 * DAY_MS)
    await world.scratch.reopen()
    await world.pass(9 * DAY_MS)
    await world.pass(DAY_MS / 2)
    assert.deepEqual(world.dropped(), [], `${years} years`)
    await world.pass(9 * DAY_MS)
    assert.equal(world.dropped().length, 30)
    await world.scratch.close()
  }
})

test('who may append anything cannot hurry it', async () => {
  const world = await RetentionWorld.open()
  await world.receive(30)
  const { ledger } = world.scratch
  // Also of records that are still to come, and of what is not mail; over and over; and nothing that is understood.
  for (let time = 0; time < 3; time++) {
    await world.release([[0, 2 ** 53 - 1]])
    await ledger.append(ACCOUNT, [{ kind: 'release', payload: Buffer.from('drop everything now') }])
    await ledger.append(ACCOUNT, [{ kind: 'release', payload: Buffer.alloc(0) }])
    await ledger.append(ACCOUNT, [{ kind: 'release', payload: encodeRelease({ released: [[0, 5]], kept: [] }) }])
    await world.retention.runNow()
  }
  const late = await world.receive(5)
  await world.pass(29 * DAY_MS)
  await world.retention.runNow()
  await world.scratch.ledger.repair(ACCOUNT, 0 as Seq)
  await world.scratch.ledger.repair(ACCOUNT, null)
  assert.deepEqual(world.dropped(), [])
  await world.pass(10 * DAY_MS)
  const dropped = world.dropped()
  assert.deepEqual(
    dropped,
    Array.from({ length: 30 }, (_, at) => at),
  )
  for (const number of late) assert.ok(!dropped.includes(number), 'what came later was not meant')
  await world.assertVerifies()
  await world.scratch.close()
})

test('less than seven days is refused', async () => {
  await assert.rejects(RetentionWorld.open(1, 7 * DAY_MS - 1), RangeError)
})

test('lost or damaged notes and clocks make things wait longer', async () => {
  for (const lose of ['retention', 'clock', 'both', 'damaged'] as const) {
    const world = await RetentionWorld.open()
    await world.receive(30)
    await world.release([[0, 29]])
    await world.pass(20 * DAY_MS)
    await world.scratch.close()
    const { disk } = world.scratch
    if (lose === 'retention' || lose === 'both') disk.remove(world.scratch.path('retention'))
    if (lose === 'clock' || lose === 'both') disk.remove('/ledger/clock')
    if (lose === 'damaged') world.scratch.flip(world.scratch.path('retention'), 80)
    await world.scratch.reopen()
    await world.pass(28 * DAY_MS)
    assert.deepEqual(world.dropped(), [], lose)
    await world.pass(10 * DAY_MS)
    assert.equal(world.dropped().length, 30, lose)
    await world.scratch.close()
  }
})

test('a segment is not written anew for every message', async () => {
  const world = await RetentionWorld.open()
  await world.receive(60)
  const { disk } = world.scratch
  await world.release([[1, 1]])
  await world.pass(PERIOD_MS)
  await world.pass(6 * DAY_MS)
  assert.deepEqual(world.dropped(), [], 'one message of a segment waits for others')
  const renames = disk.operations
  await world.pass(DAY_MS / 4)
  assert.ok(disk.operations - renames < 20)
  await world.pass(2 * DAY_MS)
  assert.deepEqual(world.dropped(), [1], 'but not for ever')
  await world.scratch.close()
})

test('the last segment is closed for it, and the log goes on', async () => {
  const world = await RetentionWorld.open()
  await world.receive(4)
  await world.release([[0, 1]])
  assert.equal(world.segments().length, 1)
  await world.pass(PERIOD_MS)
  await world.pass(8 * DAY_MS)
  assert.deepEqual(world.dropped(), [0, 1])
  assert.deepEqual(world.segments(), [0, 5])
  await world.assertVerifies()
  const { ledger } = world.scratch
  const bytes = world.bytes()
  assert.ok(ledger.usageBytes(ACCOUNT) <= bytes)
  // With nothing in the new one, and again with something; in one process and in the next.
  for (const reopen of [true, false, true]) {
    if (reopen) {
      await world.scratch.close()
      await world.scratch.reopen()
    }
    assert.deepEqual(world.dropped(), [0, 1])
    await world.assertVerifies()
    if (reopen) continue
    await world.receive(2, 100)
    await world.receive(1, 5000)
    await settle()
  }
  assert.deepEqual(world.segments().slice(0, 2), [0, 5])
  await world.scratch.close()
})

test('a message that has a segment of its own goes by itself', async () => {
  const world = await RetentionWorld.open()
  await world.receive(3)
  const [large] = await world.receive(1, 20_000)
  await world.receive(3)
  await world.release([[large as number, large as number]])
  await world.pass(PERIOD_MS)
  await world.pass(DAY_MS)
  assert.deepEqual(world.dropped(), [large])
  await world.assertVerifies()
  await world.scratch.close()
})

test('status tells what waits, how long, and how much it is', async () => {
  const world = await RetentionWorld.open()
  const numbers = await world.receive(30)
  assert.deepEqual(await world.retention.status(), [])
  await world.release([[0, 9]])
  await world.pass(DAY_MS)
  await world.release([[20, 24]])
  const bytes = [...numbers.slice(0, 10), ...numbers.slice(20, 25)].reduce(
    (sum, number) => sum + (world.mail[number] as Buffer).length,
    0,
  )
  await world.pass(11_000)
  const [waiting] = await world.retention.status()
  assert.equal(waiting?.account, ACCOUNT)
  assert.equal(waiting.records, 15)
  assert.equal(waiting.bytes, bytes)
  assert.ok(waiting.firstMs < waiting.lastMs - DAY_MS / 2 && waiting.lastMs <= PERIOD_MS)
  assert.deepEqual(await world.retention.runNow(), { records: 0, bytes: 0, segments: 0, damaged: 0 })
  await world.pass(PERIOD_MS + 10 * DAY_MS)
  assert.deepEqual(await world.retention.status(), [])
  await world.scratch.close()
})
