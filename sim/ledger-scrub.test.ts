// The scrub on a simulated disk, of which the device may have something else than the page cache: it reads everything within the time that was promised, finds what nobody reads, and has it repaired.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDamageLog } from '#ledger/damage-log.ts'
import type { ScrubStatus } from '#ledger/scrub-status.ts'
import { ProtectedLog, bytesOf } from './protected-log.ts'
import { quiesce } from './ledger-world.ts'
import { ACCOUNT, type ScratchLedger } from './scratch-ledger.ts'

const DAY = 86_400_000
const EVERY = { everyMs: 30 * DAY }
const BLOCK = 4096

function status(scratch: ScratchLedger): ScrubStatus {
  const { scrubber } = scratch.ledger
  assert.ok(scrubber !== null)
  return scrubber.status
}

async function pass(scratch: ScratchLedger, stepMs: number, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    scratch.clock.advance(stepMs)
    await quiesce()
  }
}

/** Lets time pass until it is so; in steps of so long. */
async function until(scratch: ScratchLedger, isSo: () => boolean, stepMs = 1000): Promise<void> {
  for (let turn = 0; turn < 4000; turn++) {
    if (isSo()) return
    await pass(scratch, stepMs, 1)
  }
  assert.fail(`it did not come to that: ${JSON.stringify(status(scratch))}`)
}

const hasEnded = (scratch: ScratchLedger, pass: number): boolean =>
  status(scratch).pass?.number === pass && status(scratch).pass?.endedMs !== null

/** Other bytes on the device, where the page cache has what was written. */
function corruptDevice(log: ProtectedLog, name: string, at: number, length: number): void {
  const file = log.scratch.disk.file(name)
  const bytes = bytesOf(log.scratch, name).subarray(at, at + length)
  file.corruptDevice(
    at,
    bytes.map((byte) => byte ^ 0x5a),
  )
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

test('what the device cannot read, and what has gone, is repaired or named', async () => {
  const log = await ProtectedLog.make(EVERY)
  const { scratch, asWritten } = log
  await scratch.close()
  await scratch.reopen()
  const segments = [...asWritten.keys()].filter((name) => name.endsWith('.seg'))
  const [first, second] = segments as [string, string]
  const last = segments.at(-1) as string
  for (const sector of [0, 5, 6, 40]) scratch.disk.file(first).unreadable.add(sector)
  await pass(scratch, 1000, 10)
  scratch.disk.remove(second.replace('.seg', '.par'))
  const cut = scratch.disk.file(last).size - 700
  scratch.disk.openWrite(last).truncate(cut)
  await until(scratch, () => hasEnded(scratch, 1))
  assert.ok(bytesOf(scratch, first).equals(asWritten.get(first) as Buffer))
  const parity = second.replace('.seg', '.par')
  await until(scratch, () => scratch.disk.exists(parity))
  assert.ok(bytesOf(scratch, parity).equals(asWritten.get(parity) as Buffer))
  const { unrepairable, damagedAccounts, parityMissing } = status(scratch)
  assert.deepEqual(
    { unrepairable, damagedAccounts, parityMissing },
    { unrepairable: 1, damagedAccounts: 1, parityMissing: 1 },
  )
  const lost = readDamageLog(scratch.disk, '/ledger').filter(({ action }) => action === 'unrepairable')
  assert.deepEqual(
    lost.map(({ file, records }) => [last.endsWith(file), records]),
    [[true, [[log.payloads.length - 1, log.payloads.length]]]],
  )
  await scratch.close()
})

test('tree and checkpoints that cannot be read are made again', async () => {
  const log = await ProtectedLog.make(EVERY)
  const { scratch, asWritten } = log
  const [tree, checkpoints] = [scratch.path('tree/0'), scratch.path('checkpoints')]
  await scratch.close()
  await scratch.reopen()
  scratch.disk.file(tree).unreadable.add(1)
  scratch.disk.file(checkpoints).unreadable.add(0)
  await until(scratch, () => hasEnded(scratch, 1))
  await pass(scratch, 1000, 2)
  scratch.disk.file(tree).unreadable.clear()
  scratch.disk.file(checkpoints).unreadable.clear()
  assert.ok(bytesOf(scratch, tree).equals(asWritten.get(tree) as Buffer))
  assert.deepEqual((await scratch.verify()).findings, [])
  assert.deepEqual(
    readDamageLog(scratch.disk, '/ledger').map(({ file, action }) => [file, action]),
    [['tree', 'rebuilt']],
  )
  assert.equal(status(scratch).repaired, 1)
  await scratch.close()
})

test('the files of the ledger itself are made again from what the process knows', async () => {
  const log = await ProtectedLog.make(EVERY)
  const { scratch } = log
  await scratch.append(Buffer.from('in the journal, and not cut yet'))
  const key = bytesOf(scratch, '/ledger/key')
  corruptDevice(log, '/ledger/key', 3, 1)
  corruptDevice(log, '/ledger/verifier', 20, 1)
  // The first of several groups.
  corruptDevice(log, '/ledger/journal/0', BLOCK + 200, 8)
  corruptDevice(log, '/ledger/journal/1', 9, 2)
  await until(scratch, () => hasEnded(scratch, 1))
  for (const name of ['/ledger/key', '/ledger/verifier']) {
    assert.ok(onDevice(log, name).equals(bytesOf(scratch, name)), name)
  }
  assert.ok(bytesOf(scratch, '/ledger/key').equals(key))
  const told = readDamageLog(scratch.disk, '/ledger')
  assert.deepEqual(told.map(({ account, file, action }) => `${account}/${file} ${action}`).sort(), [
    '/journal/0 rebuilt',
    '/journal/1 rebuilt',
    '/key rebuilt',
    '/verifier rebuilt',
  ])
  assert.equal(status(scratch).unrepairable, 0)
  // As after a power failure.
  scratch.disk = scratch.disk.crash()
  await scratch.reopen()
  assert.equal(scratch.ledger.size(ACCOUNT), log.payloads.length + 1)
  await scratch.close()
})

test('a pass goes on where it was when the process ended, and the next one begins after a third of the time', async () => {
  const log = await ProtectedLog.make(EVERY)
  const { scratch } = log
  await until(scratch, () => status(scratch).bytesDone > 300_000, 40)
  const { bytesDone } = status(scratch)
  await scratch.close()
  scratch.clock.advance(5 * DAY)
  await scratch.reopen()
  assert.ok(status(scratch).bytesDone >= bytesDone)
  assert.equal(status(scratch).pass?.number, 1)
  await until(scratch, () => hasEnded(scratch, 1))
  assert.ok(status(scratch).bytesDone < 2 * 2_700_000)
  const oldest = status(scratch).oldestMs
  assert.ok(oldest !== null && oldest >= 5 * DAY, 'of what was read before')
  for (let days = 0; days < 20; days++) {
    await pass(scratch, DAY / 4, 4)
    await pass(scratch, 60_000, 20)
    await until(scratch, () => status(scratch).state === 'resting', 60_000)
    assert.ok((status(scratch).oldestMs ?? Infinity) <= 11 * DAY)
  }
  assert.equal(status(scratch).pass?.number, 3)
  await scratch.close()
})

test('others come first, until the promise would break', async () => {
  const log = await ProtectedLog.make(EVERY)
  const { scratch } = log
  await until(scratch, () => hasEnded(scratch, 1))
  scratch.clock.advance(11 * DAY)
  let appends = 0
  const append = async (): Promise<void> => {
    appends++
    await scratch.append(Buffer.from(`append ${appends}`))
  }
  for (let turn = 0; turn < 30; turn++) {
    scratch.clock.advance(60_000)
    await append()
    await quiesce()
  }
  const { bytesDone, pass, state } = status(scratch)
  assert.deepEqual([pass?.number, state, bytesDone], [2, 'waiting', 0])
  // Days of that.
  scratch.clock.advance(16.5 * DAY)
  await append()
  await quiesce()
  for (let turn = 0; turn < 200 && status(scratch).state === 'hurrying'; turn++) {
    scratch.clock.advance(50)
    await append()
    await quiesce()
  }
  assert.deepEqual([status(scratch).pass?.number, status(scratch).pass?.endedMs !== null], [2, true])
  await scratch.close()
})

test('a progress file that is damaged or missing, and a clock that was set back, cost a new pass and nothing else', async () => {
  const log = await ProtectedLog.make(EVERY)
  const { scratch } = log
  await until(scratch, () => hasEnded(scratch, 1))
  const spoil: Readonly<Record<string, () => void>> = {
    head: () => scratch.flip('/ledger/scrub', 20),
    entry: () => scratch.flip('/ledger/scrub', 530),
    missing: () => scratch.disk.remove('/ledger/scrub'),
    short: () => scratch.disk.openWrite('/ledger/scrub').truncate(300),
    'set back': () => scratch.clock.setBack(4 * DAY),
  }
  for (const [what, action] of Object.entries(spoil)) {
    await scratch.close()
    scratch.clock.advance(3 * DAY)
    action()
    await scratch.reopen()
    const { oldestMs, pass } = status(scratch)
    // Accounts are not in memory before they are looked for: nothing is claimed of them.
    if (what === 'set back') assert.equal(oldestMs, null)
    const number = (pass?.number ?? 0) + (what === 'entry' ? 0 : 1)
    await until(scratch, () => hasEnded(scratch, number) && status(scratch).unread === 0)
    assert.ok((status(scratch).oldestMs ?? Infinity) < 4 * DAY, what)
  }
  await scratch.close()
})

test('it can be paused, and asked for', async () => {
  const log = await ProtectedLog.make({ everyMs: null })
  const { scratch } = log
  scratch.clock.advance(DAY)
  await quiesce()
  assert.deepEqual([status(scratch).state, status(scratch).everyMs, status(scratch).pass], ['off', null, null])
  scratch.ledger.scrubber?.run()
  await until(scratch, () => hasEnded(scratch, 1), 100)
  assert.equal(status(scratch).state, 'off')
  scratch.ledger.scrubber?.setPaused(true)
  assert.equal(status(scratch).state, 'paused')
  await scratch.close()
  await scratch.reopen()
  assert.equal(status(scratch).state, 'paused')
  await scratch.close()
})

test('a journal file that somebody removed is made again by the next start, and nothing is lost with it', async () => {
  const log = await ProtectedLog.make(EVERY)
  const { scratch } = log
  await scratch.append(Buffer.from('in the journal'))
  for (const name of ['/ledger/journal/0', '/ledger/journal/1']) scratch.disk.remove(name)
  let cause: unknown = null
  void scratch.ledger.halted.then((halted) => (cause = halted))
  await until(scratch, () => cause !== null)
  assert.match(String(cause), /a journal file has gone/)
  // As after a power failure: what was acknowledged does not need the journal any more.
  scratch.disk = scratch.disk.crash()
  await scratch.reopen()
  assert.equal(scratch.ledger.size(ACCOUNT), log.payloads.length + 1)
  assert.deepEqual((await scratch.verify()).findings, [])
  await scratch.close()
})
