// The power fails, or the disk refuses, at every step of dropping payloads and of destroying an account: everything else is there, byte for byte, and the next attempt
// ends what was begun.

import assert from 'node:assert/strict'
import path from 'node:path'
import { before, test } from 'node:test'
import { SimulatedDisk } from './disk.ts'
import { Random } from './random.ts'
import { DAY_MS, PERIOD_MS, RetentionWorld, settle } from './retention-world.ts'
import { ACCOUNT } from './scratch-ledger.ts'

const RELEASED = Array.from({ length: 14 }, (_, at) => at + 3)

let world: RetentionWorld
let files: ReadonlyMap<string, Buffer>

/** Payloads in a closed segment and in the last one are about to be due. */
before(async () => {
  world = await RetentionWorld.open()
  await world.receive(3)
  await world.scratch.ledger.append(ACCOUNT, [{ kind: 'slot', payload: world.scratch.random.bytes(200) }])
  world.mail[3] = null
  await world.receive(15)
  await world.release([[3, 16]])
  await world.pass(PERIOD_MS - DAY_MS)
  await world.scratch.close()
  const { disk } = world.scratch
  files = new Map(
    disk.files().map((name) => {
      const file = disk.file(name)
      const bytes = Buffer.alloc(file.size)
      file.read(bytes, 0)
      return [name, bytes]
    }),
  )
})

async function freshDisk(seed: number): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(new Random(seed))
  for (const [name, bytes] of files) {
    disk.makeDirectory(path.dirname(name))
    const file = disk.openWrite(name)
    file.write(bytes, 0)
    await file.datasync()
  }
  for (const directory of new Set([...files.keys()].map((name) => path.dirname(name)))) {
    for (let at = directory; at !== '/'; at = path.dirname(at)) await disk.syncDirectory(path.dirname(at))
    await disk.syncDirectory(directory)
  }
  return disk
}

async function openOn(disk: SimulatedDisk): Promise<void> {
  world.scratch.disk = disk
  await world.scratch.reopen()
}

/** Time passes, until everything is due for long. */
async function makeDue(): Promise<void> {
  await world.retention.status()
  world.scratch.clock.advance(9 * DAY_MS)
}

/** Mail that the log released. */
const due = (): number[] => RELEASED.filter((number) => world.mail[number] !== null)

function assertPart(dropped: readonly number[]): void {
  for (const number of dropped) assert.ok(due().includes(number), `record ${number} was not released`)
}

async function endsWell(): Promise<void> {
  await settle()
  assertPart(world.dropped())
  await world.assertVerifies()
  await makeDue()
  await settle()
  await world.retention.runNow()
  await settle()
  assert.deepEqual(world.dropped(), due())
  await world.assertVerifies()
  const segments = world.scratch.path('segments/')
  const left = world.scratch.disk.files().filter((name) => name.startsWith(segments))
  assert.deepEqual(
    left.filter((name) => !/\.(?:seg|par)$/.test(name)),
    [],
  )
  for (const number of due()) world.assertNowhere(world.mail[number] as Buffer)
  await world.receive(2)
  await world.scratch.close()
}

/** A fault at operation `at` from now on; false if that many were not needed. */
function faultAt(disk: SimulatedDisk, at: number, fault: 'crash' | 'EIO' | 'ENOSPC'): () => boolean {
  let count = 0
  disk.faults = () => (count++ === at ? fault : null)
  return () => {
    disk.faults = null
    return count > at
  }
}

/** SIM_STRIDE=n: every n-th step alone. */
const STRIDE = Number(process.env['SIM_STRIDE'] ?? 1)

for (const fault of ['crash', 'EIO', 'ENOSPC'] as const) {
  test(`${fault} at each step of dropping`, async () => {
    let steps = 0
    const outcomes = new Set<number>()
    // Refusals have less to tell than a power failure at every step.
    for (let at = 0; ; at += fault === 'crash' ? STRIDE : 3) {
      const disk = await freshDisk(at)
      await openOn(disk)
      await makeDue()
      const happened = faultAt(disk, at, fault)
      const running = world.retention.runNow().catch(() => null)
      await Promise.race([running, settle()])
      await settle()
      if (!happened()) break
      steps++
      if (fault !== 'crash') {
        // What was dropped by then is; the rest is there, as long as the ledger lives.
        assertPart(world.dropped())
        await world.assertVerifies()
      }
      await openOn(fault === 'crash' ? disk.crash() : disk.kill())
      outcomes.add(world.dropped().length)
      await endsWell()
    }
    assert.ok(steps * (fault === 'crash' ? STRIDE : 1) > 20, `${steps} steps`)
    assert.ok(outcomes.size > 1)
  })
}

test('the power fails at each step of destroying an account', async () => {
  let steps = 0
  for (let at = 0; ; at++) {
    const disk = await freshDisk(at)
    await openOn(disk)
    const happened = faultAt(disk, at, 'crash')
    const running = world.retention.destroy(ACCOUNT).catch(() => null)
    await Promise.race([running, settle()])
    if (!happened()) break
    steps++
    await openOn(disk.crash())
    await world.assertVerifies()
    await world.retention.destroy(ACCOUNT)
    await settle()
    assertDestroyed()
    await world.assertVerifies()
    await world.scratch.close()
  }
  assert.ok(steps > 20, `${steps} steps`)
})

function assertDestroyed(): void {
  using reader = world.scratch.reader()
  assert.deepEqual(reader.readSlots(), [])
  assert.equal(world.scratch.disk.file(world.scratch.path('slots')).size, 0)
  assert.deepEqual(world.dropped(), [3])
}

test('a destroyed account takes nothing more, and all of it goes in its time', async () => {
  await openOn(await freshDisk(1))
  const { ledger } = world.scratch
  assert.equal(await world.retention.destroy(ACCOUNT), 1)
  await settle()
  assertDestroyed()
  await assert.rejects(ledger.append(ACCOUNT, [{ kind: 'mail', payload: Buffer.from('late') }]))
  await world.pass(PERIOD_MS - DAY_MS)
  assert.equal((await world.retention.status())[0]?.isDestroyed, true)
  await world.assertVerifies()
  await world.pass(3 * DAY_MS)
  assert.equal(world.dropped().length, ledger.size(ACCOUNT))
  await world.assertVerifies()
  await world.scratch.close()
  await world.scratch.reopen()
  await assert.rejects(world.scratch.ledger.append(ACCOUNT, [{ kind: 'mail', payload: Buffer.from('late') }]))
  await world.assertVerifies()
  assert.equal(await world.retention.destroy(ACCOUNT), 0)
  await world.scratch.close()
})

test('what is damaged is repaired first, and where that cannot be nothing goes', async () => {
  for (const isRepairable of [true, false]) {
    await openOn(await freshDisk(1))
    await settle()
    const segment = world.scratch.segmentPath(0)
    world.scratch.flip(segment, 400)
    if (!isRepairable) world.scratch.disk.remove(segment.replace(/seg$/, 'par'))
    await makeDue()
    const { damaged } = await world.retention.runNow()
    await settle()
    assert.equal(damaged, isRepairable ? 0 : 1)
    if (isRepairable) await endsWell()
    else {
      using reader = world.scratch.reader()
      for (const record of reader.records({ seq: 0 as never, location: null })) {
        assert.ok(record.headDamage !== null || record.location.segment !== 0 || record.state === 'present')
      }
      await world.scratch.close()
    }
  }
})
