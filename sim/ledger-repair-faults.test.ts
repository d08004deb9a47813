// The power fails, or the disk refuses, at every step of a repair and of making parity: the segment is then the damaged one or the repaired one, and
// the next start ends what was begun.

import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import { encodeParity } from '#ledger/parity-encode.ts'
import { PARITY_BLOCK_BYTES as BLOCK, shapeFor } from '#ledger/parity-format.ts'
import { SimulatedDisk } from './disk.ts'
import { quiesce } from './ledger-world.ts'
import { ProtectedLog, bytesOf } from './protected-log.ts'
import { Random } from './random.ts'
import { ACCOUNT } from './scratch-ledger.ts'

const FIRST = 0 as Seq
const DAMAGED_AT = 9000

const log = await ProtectedLog.make()
await log.scratch.close()
const files = new Map(log.scratch.disk.files().map((name) => [name, bytesOf(log.scratch, name)]))
const segment = log.scratch.segmentPath(FIRST)
const parity = segment.replace(/seg$/, 'par')
const original = files.get(segment) as Buffer
const damaged = Buffer.from(original)
damaged.fill(0, DAMAGED_AT, DAMAGED_AT + 3000)

/** All of the log, durable, with some files changed or left out. */
async function diskWith(changes: Readonly<Record<string, Buffer | null>>, seed: number): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(new Random(seed))
  for (const [name, bytes] of files) {
    const content = name in changes ? changes[name] : bytes
    if (content === null || content === undefined) continue
    disk.makeDirectory(path.dirname(name))
    const file = disk.openWrite(name)
    file.write(content, 0)
    await file.datasync()
  }
  for (const directory of new Set([...files.keys()].map((name) => path.dirname(name))))
    await disk.syncDirectory(directory)
  return disk
}

async function openOn(disk: SimulatedDisk): Promise<void> {
  log.scratch.disk = disk
  await log.scratch.reopen()
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

async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await quiesce()
}

test('the power fails at each step of a repair', async () => {
  const outcomes = new Set<string>()
  let steps = 0
  for (let at = 0; ; at++) {
    const disk = await diskWith({ [segment]: damaged }, at)
    await openOn(disk)
    const happened = faultAt(disk, at, 'crash')
    const repair = log.scratch.ledger.repair(ACCOUNT, FIRST).catch(() => null)
    await Promise.race([repair, settle()])
    if (!happened()) break
    steps++
    await openOn(disk.crash())
    const now = bytesOf(log.scratch, segment)
    outcomes.add(now.equals(original) ? 'repaired' : 'damaged')
    assert.ok(now.equals(original) || now.equals(damaged), `step ${at}`)
    log.readAll()
    await log.scratch.ledger.repair(ACCOUNT, FIRST)
    log.readAll()
    await log.scratch.close()
    log.assertSegmentsAsWritten()
  }
  assert.ok(steps > 10, `${steps} steps`)
  assert.deepEqual([...outcomes].sort(), ['damaged', 'repaired'])
})

test('the disk refuses at each step of a repair', async () => {
  for (const fault of ['EIO', 'ENOSPC'] as const) {
    for (let at = 0; ; at++) {
      const disk = await diskWith({ [segment]: damaged }, at)
      await openOn(disk)
      const happened = faultAt(disk, at, fault)
      const outcome = await log.scratch.ledger.repair(ACCOUNT, FIRST)
      if (!happened()) break
      assert.ok(outcome === 'unavailable' || outcome === 'repaired', `step ${at}: ${outcome}`)
      const now = bytesOf(log.scratch, segment)
      assert.ok(now.equals(original) || now.equals(damaged), `step ${at}`)
      log.readAll()
      // After a sync that failed the ledger has halted.
      await openOn(disk.kill())
      await log.scratch.ledger.repair(ACCOUNT, FIRST)
      await log.scratch.close()
      log.assertSegmentsAsWritten()
    }
  }
})

test('the power fails at each step of making parity', async () => {
  let steps = 0
  for (let at = 0; ; at++) {
    const disk = await diskWith({ [parity]: null }, at)
    await openOn(disk)
    const happened = faultAt(disk, at, 'crash')
    log.scratch.clock.advance(5_000)
    await settle()
    if (!happened()) break
    steps++
    await openOn(disk.crash())
    // Found missing from the names alone.
    log.scratch.clock.advance(5_000)
    await settle()
    await log.scratch.close()
    log.assertSegmentsAsWritten()
  }
  assert.ok(steps > 4, `${steps} steps`)
})

test('what a crash may have left beside a segment is tidied up by its repair', async () => {
  const disk = await diskWith({ [segment]: damaged }, 1)
  for (const name of [`${segment}.repaired`, `${segment}.damaged`]) disk.openWrite(name).write(Buffer.from('old'), 0)
  await openOn(disk)
  assert.equal(await log.scratch.ledger.repair(ACCOUNT, FIRST), 'repaired')
  await log.scratch.close()
  log.assertSegmentsAsWritten()
})

test('a segment of which only the damaged copy is left gets its name back', async () => {
  const disk = await diskWith({ [segment]: null }, 1)
  disk.openWrite(`${segment}.damaged`).write(damaged, 0)
  await openOn(disk)
  assert.equal(await log.scratch.ledger.repair(ACCOUNT, FIRST), 'repaired')
  await log.scratch.close()
  log.assertSegmentsAsWritten()
})

test('parity that was made of other bytes changes no record that is whole', async () => {
  for (const change of ['payload', 'record'] as const) {
    const other = Buffer.from(original)
    // As if it was damaged when its parity was made, and came back whole from a copy; or as if the log had gone on otherwise.
    if (change === 'payload') other.fill(7, DAMAGED_AT, DAMAGED_AT + 20)
    else original.copy(other, 5 * BLOCK, 9 * BLOCK)
    const scratch = new SimulatedDisk(new Random(1))
    scratch.openWrite('/segment').write(other, 0)
    const encoded = { account: ACCOUNT, first: FIRST, shape: shapeFor(other.length, 10) }
    atOnce(encodeParity(scratch.openRead('/segment'), scratch.openWrite('/parity'), encoded))
    const stale = Buffer.alloc(scratch.file('/parity').size)
    scratch.file('/parity').read(stale, 0)
    await openOn(await diskWith({ [parity]: stale }, 1))
    await log.scratch.ledger.repair(ACCOUNT, FIRST)
    await log.scratch.close()
    assert.ok(bytesOf(log.scratch, segment).equals(original), change)
    log.assertSegmentsAsWritten()
  }
})
