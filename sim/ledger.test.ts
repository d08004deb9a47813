// The ledger on a simulated disk that fails now and then, and crashes at any point, in its work and in its recovery. A failure prints the seed that repeats it:
// SIM_SEED=<seed> runs that one alone, SIM_RUNS=<n> more of them, SIM_PART=<n> an n-th.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DamagedRecordError } from '#ledger/damage.ts'
import { LedgerDamagedError } from '#ledger/errors.ts'
import type { Disk } from '#platform/disk.ts'
import { broken, withoutSync } from './broken-disk.ts'
import { CrashedError, type SimulatedDisk } from './disk.ts'
import { LedgerWorld, quiesce } from './ledger-world.ts'
import { Random } from './random.ts'

const RUNS = Number(process.env['SIM_RUNS'] ?? 150 / Number(process.env['SIM_PART'] ?? 1))
const SEED = process.env['SIM_SEED']
const SEEDS = SEED === undefined ? Array.from({ length: RUNS }, (_, index) => index + 1) : [Number(SEED)]

type Wrap = (disk: Disk) => Disk

/** Opens, works, and stops in some way, a few times. Resolves with the number of acknowledged appends. */
let parityChecked = 0

async function live(seed: number, wrap?: Wrap): Promise<number> {
  const random = new Random(seed)
  const world = new LedgerWorld(random, wrap)
  try {
    for (let life = 0; life < 4; life++) {
      if (!(await openThroughCrash(world, random))) continue
      world.disk.automatic = random.chance(0.2)
      const crashAt = random.chance(0.5) ? world.disk.operations + random.below(150) : -1
      const faultRate = random.pick([0, 0, 0.01, 0.1])
      world.disk.faults = (number) => {
        if (number === crashAt) return 'crash'
        return random.chance(faultRate) ? random.pick(['ENOSPC', 'EIO', 'short'] as const) : null
      }
      for (let step = random.below(60); step >= 0 && !world.disk.crashed; step--) await world.step()
      if (!world.disk.crashed && random.chance(0.2)) await closeThroughCrash(world)
      world.stop(random.chance(0.7) ? 'crash' : 'kill')
    }
    world.disk.faults = null
    await world.open()
    await world.close()
    parityChecked += world.parityChecked
    return world.acknowledged
  } catch (cause) {
    throw new Error(`repeat with SIM_SEED=${seed}`, { cause })
  }
}

/** Recovery can be interrupted, too: false if it was. */
async function openThroughCrash(world: LedgerWorld, random: Random): Promise<boolean> {
  const crashAt = random.chance(0.3) ? world.disk.operations + random.below(60) : -1
  world.disk.faults = (number) => (number === crashAt ? 'crash' : null)
  const opening = world.open().then(
    () => null,
    (error: unknown) => error,
  )
  const error = await Promise.race([opening, powerFailure(world.disk, opening)])
  if (error === null) return true
  if (!world.disk.crashed) throw error
  await quiesce()
  world.stop('crash')
  return false
}

async function closeThroughCrash(world: LedgerWorld): Promise<void> {
  const closing = world.close()
  await Promise.race([closing, powerFailure(world.disk, closing)])
}

/** Who waits for a disk that is off waits for ever. */
async function powerFailure(disk: SimulatedDisk, unless: Promise<unknown>): Promise<unknown> {
  const waiting = { over: false }
  const end = (): void => void (waiting.over = true)
  unless.then(end, end)
  while (!disk.crashed && !waiting.over) await quiesce()
  return new CrashedError('power failure')
}

test('whatever is acknowledged survives any crash, once and byte for byte', async () => {
  let acknowledged = 0
  for (const seed of SEEDS) acknowledged += await live(seed)
  if (SEED === undefined) assert.ok(parityChecked > RUNS, `only ${parityChecked} parity files were compared`)
  if (SEED === undefined) assert.ok(acknowledged > RUNS * 10, `only ${acknowledged} appends were acknowledged`)
})

/** The canaries: if the simulation does not notice these, it notices nothing. */
const CANARIES: Readonly<Record<string, Wrap>> = {
  'the journal is not synced': broken((file, path) => (path.includes('/journal/') ? withoutSync(file) : file)),
  'segments are not synced': broken((file, path) => (path.includes('/segments/') ? withoutSync(file) : file)),
  'checkpoints are not synced': broken((file, path) => (path.endsWith('/checkpoints') ? withoutSync(file) : file)),
  'large payloads are not synced': broken((file, path) => (path.includes('/incoming/') ? withoutSync(file) : file)),
  'directories are not synced': broken((file) => file, false),
}

const NOTICED = [assert.AssertionError, LedgerDamagedError, DamagedRecordError]

for (const [name, wrap] of Object.entries(CANARIES)) {
  test(`canary: the simulation notices that ${name}`, async () => {
    for (let seed = 1; seed <= 100; seed++) {
      try {
        await live(seed, wrap)
      } catch (error) {
        const { cause } = error as Error
        assert.ok(
          NOTICED.some((type) => cause instanceof type),
          String(cause),
        )
        return
      }
    }
    assert.fail('a broken disk went unnoticed')
  })
}
