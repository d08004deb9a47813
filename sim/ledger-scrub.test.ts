// The scrub on a simulated disk, of which the device may have something else than the page cache: it reads everything within the time that was promised, finds what nobody reads, and has it repaired.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDamageLog } from '#ledger/damage-log.ts'
import type { ScrubStatus } from '#ledger/scrub-status.ts'
import { ProtectedLog, bytesOf } from './protected-log.ts'
import { quiesce } from './ledger-world.ts'
import type { ScratchLedger } from './scratch-ledger.ts'

const DAY = 86_400_000
const EVERY = { everyMs: 30 * DAY }
const BLOCK = 4096

function status(scratch: ScratchLedger): ScrubStatus {
  const { scrubber } = scratch.ledger
  assert.ok(scrubber !== null)
  return scrubber.status
}

/** Lets time pass until it is so; in steps of so long. */
async function until(scratch: ScratchLedger, isSo: () => boolean, stepMs = 1000): Promise<void> {
  for (let turn = 0; turn < 4000; turn++) {
    if (isSo()) return
    scratch.clock.advance(stepMs)
    await quiesce()
  }
  assert.fail(`it did not come to that: ${JSON.stringify(status(scratch))}`)
}

const hasEnded = (scratch: ScratchLedger, pass: number): boolean =>
  status(scratch).pass?.number === pass && status(scratch).pass?.endedMs !== null

/** Other bytes on the device, where the page cache has what was written. */
function corruptDevice(log: ProtectedLog, name: string, at: number, length: number): void {
  const file = log.scratch.disk.file(name)
  const bytes = bytesOf(log.scratch, name).subarray(at, at + length)
  file.corruptDevice(at, bytes.map((byte) => byte ^ 0x5a))
}

function onDevice(log: ProtectedLog, name: string): Buffer {
  const file = log.scratch.disk.openDevice(name)
  return Buffer.from(file.read(0, Math.ceil(file.size() / BLOCK) * BLOCK))
}

test('a pass reads every byte, and finds nothing where nothing is wrong', async () => {
  const log = await ProtectedLog.make(EVERY)
  const { scratch } = log
  assert.deepEqual([status(scratch).state, status(scratch).pass], ['resting', null])
  await until(scratch, () => hasEnded(scratch, 1))
  const { accounts, unread, bytesDone, isDirect, oldestMs } = status(scratch)
  assert.deepEqual({ accounts, unread, isDirect }, { accounts: 1, unread: 0, isDirect: true })
  const stored = scratch.disk.files().filter((name) => /accounts|journal/.test(name))
  const bytes = stored.reduce((sum, name) => sum + scratch.disk.file(name).size, 0)
  assert.ok(bytesDone >= bytes, `${bytesDone} of ${bytes}`)
  assert.ok(oldestMs !== null && oldestMs < DAY)
  assert.deepEqual(readDamageLog(scratch.disk, '/ledger'), [])
  await scratch.close()
})

test('damage that only the device has is repaired although nobody reads it', async () => {
  const log = await ProtectedLog.make(EVERY)
  const { scratch, asWritten } = log
  // All of it is on the device.
  await scratch.close()
  await scratch.reopen()
  const files = [...asWritten.keys()].filter((name) => name.includes('/accounts/') && !name.endsWith('/slots'))
  assert.ok(files.length > 12)
  for (const name of files) {
    const { length } = asWritten.get(name) as Buffer
    corruptDevice(log, name, length >> 1, Math.min(40, length - (length >> 1)))
  }
  // Readers do not see it.
  assert.equal(log.readAll().size, 0)
  await until(scratch, () => hasEnded(scratch, 1))
  for (const name of files) {
    if (name.endsWith('/checkpoints')) continue
    const original = asWritten.get(name) as Buffer
    assert.ok(bytesOf(scratch, name).equals(original), name)
    assert.ok(onDevice(log, name).equals(original), `${name} on the device`)
  }
  assert.equal(status(scratch).unrepairable, 0)
  // Each segment with its parity, and what is derived.
  const segments = files.filter((name) => name.endsWith('.seg'))
  assert.equal(status(scratch).repaired, segments.length + 1)
  assert.deepEqual((await scratch.verify()).findings, [])
  await scratch.close()
})
