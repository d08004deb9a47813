// Reading: from any place, with bounded memory, verified, while the ledger writes, and around damage.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { DamagedRecordError, type RecordFault } from '#ledger/damage.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Location, RecordHeader } from '#ledger/record.ts'
import { quiesce } from './ledger-world.ts'
import { ACCOUNT, ScratchLedger } from './scratch-ledger.ts'

const START = { seq: 0 as Seq, location: null }

interface Found {
  readonly header: RecordHeader
  readonly location: Location
}

function all(reader: LogReader): Found[] {
  return [...reader.records(START)].filter((record) => record.header !== null)
}

function assertDamaged(read: () => unknown, fault: RecordFault): void {
  assert.throws(read, (error) => error instanceof DamagedRecordError && error.fault === fault)
}

async function filled(count: number): Promise<{ scratch: ScratchLedger; payloads: Buffer[]; records: Found[] }> {
  const scratch = await ScratchLedger.open()
  const payloads = await scratch.fill(count)
  await quiesce()
  scratch.clock.advance(100)
  await quiesce()
  using reader = scratch.reader()
  return { scratch, payloads, records: all(reader) }
}

test('records are read from any place on, with and without its location', async () => {
  const { scratch, payloads, records } = await filled(40)
  assert.equal(records.length, 40)
  using reader = scratch.reader()
  for (const from of [0, 1, 7, 8, 20, 39]) {
    for (const location of [null, records[from]?.location ?? null]) {
      const rest = [...reader.records({ seq: from as Seq, location })]
      assert.deepEqual(
        rest.map(({ header }) => header?.seq),
        records.slice(from).map(({ header }) => header.seq),
      )
    }
  }
  assert.deepEqual([...reader.records({ seq: 40 as Seq, location: null })], [])
  for (const [seq, payload] of payloads.entries()) {
    const record = reader.locate(seq as Seq)
    assert.deepEqual(record?.location, records[seq]?.location)
    assert.ok(record !== null && reader.readPayload(record.location, record.header).equals(payload))
  }
  assert.equal(reader.locate(40 as Seq), null)
  assert.equal(reader.size(), 40)
})

test('payloads come with their records if asked for', async () => {
  const { scratch, payloads } = await filled(20)
  using reader = scratch.reader()
  let seq = 0
  for (const record of reader.records(START, { payloadsUpTo: 1024 * 1024 })) {
    assert.ok(record.header !== null && record.payload?.equals(payloads[seq] ?? Buffer.alloc(0)))
    seq++
  }
  assert.equal(seq, 20)
})

test('an account without a log has no records', async () => {
  const scratch = await ScratchLedger.open()
  using reader = scratch.reader()
  assert.deepEqual(all(reader), [])
  assert.equal(reader.size(), 0)
  assert.deepEqual(reader.readSlots(), [])
})

test('a record that is still being written is not there yet', async () => {
  const { scratch, records } = await filled(3)
  const name = scratch.segmentPath(0)
  const whole = Buffer.alloc(scratch.disk.file(name).size)
  scratch.disk.file(name).read(whole, 0)
  const last = records[2] as Found
  using reader = scratch.reader()
  for (let size = last.location.offset; size < whole.length; size += 37) {
    scratch.disk.file(name).truncate(size)
    assert.equal(all(reader).length, 2)
    assertDamaged(
      () => reader.readPayload(last.location, last.header),
      size === last.location.offset ? 'missing' : size < last.location.offset + 128 ? 'head' : 'truncated',
    )
    scratch.disk.file(name).write(whole.subarray(size), size)
  }
  assert.equal(all(reader).length, 3)
})

test('a walk that the ledger overtakes goes on where it was', async () => {
  const { scratch } = await filled(3)
  using reader = scratch.reader()
  const seen: number[] = []
  for (const { header } of reader.records(START)) {
    assert.ok(header !== null, 'nothing is damaged')
    seen.push(header.seq)
    // The segment that is being read is filled, and others begun.
    if (seen.length === 2) {
      await scratch.fill(20)
      await quiesce()
    }
  }
  assert.deepEqual(seen, [...Array.from({ length: 23 }).keys()])
})

test('ranges of a large payload', async () => {
  const scratch = await ScratchLedger.open()
  const payload = scratch.random.bytes(30_000)
  await scratch.append(payload)
  await quiesce()
  using reader = scratch.reader()
  const [record] = all(reader)
  assert.ok(record !== undefined)
  const { location, header } = record
  assert.ok(reader.readPayloadRange(location, header, 12_345, 23_456).equals(payload.subarray(12_345, 23_456)))
  assert.equal(reader.readPayloadRange(location, header, 30_000, 30_000).length, 0)
  assert.throws(() => reader.readPayloadRange(location, header, 0, 30_001), RangeError)
})

test('a changed payload is never served, and it is told from a lost block', async () => {
  const { scratch, records, payloads } = await filled(20)
  const [changed, zeroed, unreadable] = [records[3], records[11], records[17]] as [Found, Found, Found]
  const name = ({ location }: Found): string => scratch.segmentPath(location.segment)
  scratch.flip(name(changed), changed.location.offset + 128 + 77)
  const sector = Math.ceil((zeroed.location.offset + 128) / 512)
  scratch.disk.file(name(zeroed)).corrupt(sector * 512, Buffer.alloc(512))
  const bad = Math.ceil((unreadable.location.offset + 128) / 512)
  scratch.disk.file(name(unreadable)).unreadable.add(bad)
  using reader = scratch.reader()
  assertDamaged(() => reader.readPayload(changed.location, changed.header), 'changed')
  assertDamaged(() => reader.readPayload(zeroed.location, zeroed.header), 'zeroed')
  assertDamaged(() => reader.readPayload(unreadable.location, unreadable.header), 'zeroed')
  const whole = [...payloads.keys()].filter((seq) => {
    const { location, header } = records[seq] as Found
    try {
      return reader.readPayload(location, header).equals(payloads[seq] ?? Buffer.alloc(0))
    } catch {
      return false
    }
  })
  assert.deepEqual(
    whole,
    [...payloads.keys()].filter((seq) => ![3, 11, 17].includes(seq)),
  )
  assert.equal(all(reader).length, 20)
})

test('a damaged head is told and stepped over; what follows is read', async () => {
  const { scratch, records, payloads } = await filled(20)
  const damaged = records[4] as Found
  scratch.flip(scratch.segmentPath(damaged.location.segment), damaged.location.offset + 20)
  using reader = scratch.reader()
  const found = [...reader.records(START)]
  assert.equal(found.length, 20)
  for (const [seq, record] of found.entries()) {
    if (seq !== 4) {
      assert.ok(
        record.header !== null && reader.readPayload(record.location, record.header).equals(payloads[seq] as Buffer),
      )
      continue
    }
    const { segment, offset } = damaged.location
    const end = records[5]?.location.offset
    assert.deepEqual(record.headDamage, { from: 4, to: 5, segment, offset, end, fault: 'checksum' })
  }
  assert.equal(reader.locate(4 as Seq), null)
  assert.equal(reader.locate(5 as Seq)?.header.seq, 5)
  assert.equal(reader.size(), 20)
  assertDamaged(() => reader.readPayload(damaged.location, damaged.header), 'head')
})

test('a record that is not where it was said to be is found', async () => {
  const { scratch, records, payloads } = await filled(20)
  const [record, elsewhere] = [records[9], records[2]] as [Found, Found]
  using reader = scratch.reader()
  assert.deepEqual(reader.readPayload(elsewhere.location, record.header), payloads[9])
  assert.deepEqual(reader.readPayload({ segment: 999 as Seq, offset: 64 }, record.header), payloads[9])
})

test('slots come from their copies, and from the log where these are damaged or missing', async () => {
  const { scratch } = await filled(5)
  for (const name of ['one', 'two']) {
    await scratch.ledger.append(ACCOUNT, [{ kind: 'slot', payload: Buffer.from(name) }])
    await scratch.fill(10)
  }
  await quiesce()
  using reader = scratch.reader()
  const slots = (): string[] => reader.readSlots().map(({ header, payload }) => `${header.seq} ${payload.toString()}`)
  const expected = ['5 one', '16 two']
  assert.deepEqual(slots(), expected)
  scratch.flip(scratch.path('slots'), 140)
  assert.deepEqual(slots(), expected)
  scratch.disk.remove(scratch.path('slots'))
  assert.deepEqual(slots(), expected)
})
