// Random lives of an account on a simulated machine: mail comes, its owner changes things, the clock jumps by years, the disk fails now and then, and processes or the power end at
// any point. After each, everything acknowledged is there, once and byte for byte, but for what nothing stands for and the ledger has kept for its retention time; and the
// index is what the log says; at the end it is made again and compared. A failure
// prints the seed that repeats it: SIM_SEED=<seed> runs that one alone, SIM_RUNS=<n> more of them.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { JournalDamagedError } from '#account/journal.ts'
import { LedgerDamagedError } from '#ledger/errors.ts'
import { AccountWorld, type Broken } from './account-world.ts'
import { broken, withoutSync } from './broken-disk.ts'
import { Random } from './random.ts'

const RUNS = Number(process.env['SIM_RUNS'] ?? 20)
const SEED = process.env['SIM_SEED']
const SEEDS = SEED === undefined ? Array.from({ length: RUNS }, (_, index) => index + 1) : [Number(SEED)]
const CANARY_RUNS = 60

let dropped = 0

/** Resolves with the number of acknowledged messages and commits. */
async function live(seed: number, broken?: Broken): Promise<number> {
  const random = new Random(seed)
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-sim-'))
  try {
    // Ends before its directory is removed: what it still has open would be written there again.
    using world = new AccountWorld(random, directory, broken)
    await world.openLedger()
    await world.create()
    for (let life = 0; life < 4; life++) {
      if (life > 0) await world.openLedger()
      await world.openAccount()
      await world.check()
      const crashAt = random.chance(0.6) ? world.disk.operations + random.below(120) : -1
      const faultRate = random.pick([0, 0, 0.01, 0.05])
      world.disk.faults = (number) => {
        if (number === crashAt) return 'crash'
        return random.chance(faultRate) ? random.pick(['ENOSPC', 'EIO', 'short'] as const) : null
      }
      for (let step = 5 + random.below(40); step >= 0 && !world.disk.crashed; step--) await world.step()
      world.disk.faults = null
      const end = world.disk.crashed ? 'crash' : random.pick(['close', 'crash', 'kill'] as const)
      if (end === 'close') await world.close()
      world.stop(end === 'crash' ? 'crash' : 'kill')
    }
    await world.openLedger()
    await world.openAccount()
    await world.check()
    await world.rehearse()
    const kept = await world.seen()
    await world.withNewIndex()
    assert.deepEqual(await world.seen(), kept, 'an index that is made again is the one that was kept')
    await world.check()
    await world.close()
    dropped += world.dropped
    return world.messages.acknowledged.size + world.commits.acknowledged.size
  } catch (cause) {
    throw new Error(`repeat with SIM_SEED=${seed}`, { cause })
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

test('whatever happens, the account has what was acknowledged, and its index is what its log says', async () => {
  let acknowledged = 0
  for (const seed of SEEDS) acknowledged += await live(seed)
  if (SEED === undefined) assert.ok(acknowledged > RUNS * 10, `only ${acknowledged} were acknowledged`)
  if (SEED === undefined) assert.ok(dropped > RUNS / 2, `only ${dropped} payloads were dropped`)
})

/** What the simulation finds in a ledger that does not keep its promises: something is missing, or the account or ledger says so itself. */
const NOTICED = [assert.AssertionError, LedgerDamagedError, JournalDamagedError]

/** The canaries: if the simulation does not notice these, it notices nothing. */
const CANARIES: Readonly<Record<string, Broken>> = {
  'the journal is not synced': {
    wrap: broken((file, path) => (path.includes('/journal/') ? withoutSync(file) : file)),
  },
  "the ledger's time is ahead of what has passed": {
    clockOf: (clock) => ({
      now: () => clock.now(),
      monotonic: () => 50 * clock.monotonic(),
      after: (delayMs, action) => clock.after(delayMs, action),
    }),
  },
}

for (const [name, isBroken] of Object.entries(CANARIES)) {
  test(`canary: the simulation notices that ${name}`, async () => {
    for (let seed = 1; seed <= CANARY_RUNS; seed++) {
      try {
        await live(seed, isBroken)
      } catch (error) {
        const { cause } = error as Error
        const isNoticed = NOTICED.some((type) => cause instanceof type)
        assert.ok(isNoticed, String(cause))
        return
      }
    }
    assert.fail('it went unnoticed')
  })
}
