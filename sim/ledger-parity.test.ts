// Parity of closed segments: what is damaged is read right, repaired in place, and told; what is beyond the parity is named, and no more.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import { readDamageLog } from '#ledger/damage-log.ts'
import { ProtectedLog } from './protected-log.ts'
import { ACCOUNT } from './scratch-ledger.ts'

test('every closed segment has parity, and the last has none', async () => {
  const { scratch } = await ProtectedLog.make()
  const names = scratch.disk.files().filter((name) => name.includes('/segments/'))
  const segments = names.filter((name) => name.endsWith('.seg')).map((name) => name.replace('.seg', ''))
  const parity = names.filter((name) => name.endsWith('.par')).map((name) => name.replace('.par', ''))
  assert.ok(segments.length > 5)
  assert.deepEqual(parity, segments.slice(0, -1))
  assert.equal(names.length, segments.length + parity.length)
})

test('a flipped bit is read right, told, repaired in place, and logged', async () => {
  const log = await ProtectedLog.make()
  const { scratch } = log
  const segment = log.records[3]?.location.segment as Seq
  scratch.flip(log.segmentOf(3), (log.records[3]?.location.offset ?? 0) + 200)
  assert.deepEqual([...log.readAll()], [segment])
  assert.equal(await scratch.ledger.repair(ACCOUNT, segment), 'repaired')
  log.assertAsWritten()
  assert.deepEqual([...log.readAll()], [])
  const block = Math.floor(((log.records[3]?.location.offset ?? 0) + 200) / 4096) * 4096
  const entries = readDamageLog(scratch.disk, '/ledger')
  assert.deepEqual(
    entries.map(({ action, file, bytes, records }) => ({ action, file, bytes, records })),
    (['repairing', 'repaired'] as const).map((action) => ({
      action,
      file: 'segments/0000000000000000.seg',
      bytes: [{ start: block, end: block + 4096, kind: 'changed' }],
      records: [[3, 4]],
    })),
  )
  assert.deepEqual((await scratch.verify()).findings, [])
})

test('beyond the parity the record is named with its bytes, and all others are served', async () => {
  const log = await ProtectedLog.make()
  const { scratch } = log
  const path = log.segmentOf(0)
  // Two of the three blocks more than there is parity for.
  for (const block of [4, 5, 6, 7]) scratch.disk.file(path).corrupt(block * 4096, Buffer.alloc(4096))
  using reader = scratch.reader()
  let lost = 0
  for (const [seq, record] of log.records.entries()) {
    try {
      assert.ok(reader.readPayload(record.location, record.header).equals(log.payloads[seq] as Buffer))
    } catch (error) {
      assert.ok(error instanceof DamagedRecordError)
      lost++
      const end = record.location.offset + 128 + record.header.payloadLength
      assert.ok(end > 4 * 4096 && record.location.offset < 8 * 4096, 'only what is in those blocks')
      assert.ok(error.bytes.every((range) => range.start >= 4 * 4096 && range.end <= 8 * 4096))
    }
  }
  assert.ok(lost > 10)
  assert.equal(await scratch.ledger.repair(ACCOUNT, 0 as Seq), 'unrepairable')
  const [entry] = readDamageLog(scratch.disk, '/ledger')
  assert.deepEqual(entry?.bytes, [{ start: 4 * 4096, end: 8 * 4096, kind: 'zeroed' }])
  // Asked again, it does not work again; nor is it told again when it does.
  assert.equal(await scratch.ledger.repair(ACCOUNT, 0 as Seq), 'unrepairable')
  scratch.clock.advance(61_000)
  assert.equal(await scratch.ledger.repair(ACCOUNT, 0 as Seq), 'unrepairable')
  assert.equal(readDamageLog(scratch.disk, '/ledger').length, 1)
})
