// The ledger on the real disk: what it writes is there for another process, in the modes that it should have.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import type { AccountId, Seq } from '#base/ids.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { LogReader } from './reader.ts'
import { verifyLedger } from './verify.ts'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ledger-test-'))
after(() => fs.rmSync(root, { recursive: true }))

const disk = systemDisk
const account = '0123456789abcdef0123456789abcdef' as AccountId
const MIB = 1024 * 1024

function open(directory: string): Promise<Ledger> {
  // The smallest journal that takes a group of full size.
  return openLedger({ disk, clock: systemClock, directory, limits: { journalBytes: 10 * MIB } })
}

test('records of all sizes survive a restart, and verify', async () => {
  const directory = path.join(root, 'one')
  const payloads = [0, 1, 1000, MIB, MIB + 1, 9 * MIB, 5, 20_000].map((length, index) =>
    Buffer.alloc(length, index + 1),
  )
  const ledger = await open(directory)
  for (const payload of payloads.slice(0, 5)) await ledger.append(account, [{ kind: 'mail', payload }])
  const staged = ledger.stage(account)
  const large = payloads[5] as Buffer
  for (let at = 0; at < large.length; at += 100_000) await staged.write(large.subarray(at, at + 100_000))
  await staged.finish()
  await ledger.append(account, [{ kind: 'mail', payload: staged }])
  await ledger.append(
    account,
    payloads.slice(6).map((payload) => ({ kind: 'mail', payload })),
  )
  const { root: before } = ledger.checkpoint(account)
  await ledger.close()

  const again = await open(directory)
  assert.equal(again.size(account), payloads.length)
  assert.deepEqual(again.checkpoint(account).root, before)
  using reader = new LogReader(disk, directory, account)
  const found = [...reader.records({ seq: 0 as Seq, location: null })].filter((record) => record.header !== null)
  assert.equal(found.length, payloads.length)
  for (const [index, { header, location }] of found.entries()) {
    assert.ok(reader.readPayload(location, header).equals(payloads[index] as Buffer))
  }
  const report = await verifyLedger(disk, directory, null, (finding) => assert.fail(JSON.stringify(finding)))
  assert.equal(report?.records, payloads.length)
  await again.close()
})

test('a ledger that was not closed is recovered by the next one', async () => {
  const directory = path.join(root, 'two')
  const ledger = await open(directory)
  await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      ledger.append(account, [{ kind: 'mail', payload: Buffer.from(`mail ${index}`) }]),
    ),
  )
  // As after a kill: the first one is never closed, and does nothing more.
  const next = await open(directory)
  assert.equal(next.recovered.records, 100)
  assert.equal(next.size(account), 100)
  await next.close()
})

test('the signing key is for the ledger alone; everything else is for its group, too', async () => {
  const directory = path.join(root, 'three')
  const ledger = await open(directory)
  await ledger.append(account, [{ kind: 'mail', payload: Buffer.from('x') }])
  await ledger.close()
  const modes = fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => [
      entry.name,
      entry.isDirectory(),
      fs.statSync(path.join(entry.parentPath, entry.name)).mode & 0o777,
    ])
  for (const [name, isDirectory, mode] of modes) {
    assert.equal(mode, name === 'key' ? 0o600 : isDirectory === true ? 0o750 : 0o640, String(name))
  }
})
