// The ledger on a simulated disk of which one operation fails, for every operation of a small workload and every way to fail; and on a
// disk that is full for a while. Nothing acknowledged is lost, and the ledger goes on, or halts and recovers.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fault, FaultPlan } from './disk.ts'
import { LedgerWorld, quiesce } from './ledger-world.ts'
import { Random } from './random.ts'

const SEED = 7
const RETRY_MS = 1000

/** Appends until a few journal files and segments are full, with large payloads among them. */
async function work(world: LedgerWorld): Promise<void> {
  const { disk } = world
  for (let turn = 0; turn < 14 && !disk.crashed; turn++) {
    await Promise.all([
      world.appendRandom(),
      world.appendRandom(),
      ...(turn % 4 === 0 ? [world.appendStaged(world.anyAccount())] : []),
    ])
    world.clock.advance(60)
    await quiesce()
  }
}

/** Runs the workload with a fault; then everything acknowledged is there, also after a crash, and the ledger accepts again. */
async function survive(plan: FaultPlan): Promise<'went on' | 'halted' | 'crashed'> {
  const world = new LedgerWorld(new Random(SEED))
  await world.open()
  const begin = world.disk.operations
  world.disk.faults = (number, kind, path) => plan(number - begin, kind, path)
  const working = work(world)
  await Promise.race([working, off(world, working)])
  if (world.disk.crashed) {
    world.stop('crash')
    await world.open()
    return 'crashed'
  }
  world.disk.faults = null
  const halted = await isHalted(world)
  if (!halted) {
    world.clock.advance(RETRY_MS)
    await quiesce()
    assert.ok(await world.appendRandom(), 'the ledger accepts again')
  }
  world.stop(halted ? 'kill' : 'crash')
  await world.open()
  assert.ok(await world.appendRandom(), 'the ledger accepts again after recovery')
  await world.close()
  return halted ? 'halted' : 'went on'
}

async function off(world: LedgerWorld, unless: Promise<void>): Promise<void> {
  const waiting = { over: false }
  const end = (): void => void (waiting.over = true)
  unless.then(end, end)
  while (!world.disk.crashed && !waiting.over) await quiesce()
}

async function isHalted(world: LedgerWorld): Promise<boolean> {
  return Promise.race([world.ledger.halted.then(() => true), quiesce().then(() => false)])
}

async function countOperations(): Promise<number> {
  const world = new LedgerWorld(new Random(SEED))
  await world.open()
  const begin = world.disk.operations
  await work(world)
  assert.equal(world.refused, 0)
  return world.disk.operations - begin
}

/** SIM_STRIDE=n: every n-th operation alone, others on other days. */
const STRIDE = Number(process.env['SIM_STRIDE'] ?? 1)
const SEED_DAY = Math.floor(Date.now() / 86_400_000)

for (const fault of ['ENOSPC', 'EIO', 'short', 'crash'] as const satisfies readonly Fault[]) {
  test(`${fault} at every operation, one at a time`, async () => {
    const operations = await countOperations()
    assert.ok(operations > 150, `only ${operations} operations`)
    const outcomes = new Map<string, number>()
    for (let at = SEED_DAY % STRIDE; at < operations; at += STRIDE) {
      let failed: string = ''
      try {
        const outcome = await survive((number, kind, path) => {
          if (number !== at) return null
          failed = `${kind} of ${path}`
          return fault
        })
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      } catch (cause) {
        throw new Error(`${fault} at operation ${at}: ${failed}`, { cause })
      }
    }
    // A short write is no fault if the rest can be written.
    if (fault === 'short') assert.deepEqual([...outcomes.keys()], ['went on'])
  })
}

test('a disk that is full for a while: refused with noSpace, nothing lost, accepted again', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = new Random(seed)
    const world = new LedgerWorld(random)
    await world.open()
    await work(world)
    // What is preallocated can be written.
    world.disk.faults = (_number, kind, path) =>
      (kind === 'write' || kind === 'create' || kind === 'mkdir') && !path.includes('/journal/') ? 'ENOSPC' : null
    const before = world.acknowledged
    await work(world)
    assert.ok(world.refused > 0, 'appends are refused')
    assert.deepEqual([...world.reasons], ['noSpace'])
    assert.ok(world.acknowledged - before <= 6, 'what is accepted without space is bounded')
    if (random.chance(0.5)) {
      world.disk.faults = null
      assert.ok(await world.appendRandom(), 'the ledger accepts again as soon as there is space')
    }
    // Closing does not wait for space; the next start does what it could not.
    if (random.chance(0.3)) await world.close()
    world.stop(random.chance(0.5) ? 'crash' : 'kill')
    await world.open()
    assert.ok(await world.appendRandom())
    await world.close()
  }
})

test('what cannot be cut for lack of space does not make callers wait', async () => {
  const world = new LedgerWorld(new Random(SEED))
  await world.open()
  world.disk.faults = (_number, kind, path) => (kind === 'write' && path.endsWith('/checkpoints') ? 'ENOSPC' : null)
  for (let turn = 0; turn < 60 && world.refused === 0; turn++) {
    await world.appendRandom()
    await quiesce()
  }
  assert.ok(world.acknowledged > 10, 'the journal takes what it has space for')
  assert.deepEqual([...world.reasons], ['noSpace'])
  assert.equal(await world.appendRandom(), false)
  world.disk.faults = null
  await world.appendRandom()
  await quiesce()
  assert.ok(await world.appendRandom(), 'the ledger accepts again')
  world.disk.faults = (_number, kind, path) => (kind === 'write' && path.endsWith('/checkpoints') ? 'ENOSPC' : null)
  for (let turn = 0; turn < 60; turn++) await world.appendRandom()
  await world.close()
  world.stop('crash')
  await world.open()
  await world.close()
})

test('a failed fdatasync halts the ledger, and what it left in the cache is not taken for durable', async () => {
  let inDoubt = 0
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed)
    const world = new LedgerWorld(random)
    await world.open()
    await work(world)
    const from = world.disk.operations + random.below(40)
    world.disk.faults = (number, kind) => (number >= from && kind === 'datasync' ? 'EIO' : null)
    await work(world)
    assert.ok(await isHalted(world))
    inDoubt += world.inDoubt
    assert.equal(await world.appendRandom(), false)
    // The process ends, another recovers, and only then the power fails.
    world.stop('kill')
    await world.open()
    world.stop('crash')
    await world.open()
    await world.close()
  }
  assert.ok(inDoubt > 0, 'what was under way is not refused')
})
