// Verification finds each planted damage, names it exactly, and goes on; and it finds nothing where nothing is.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { signingKeyFromSeed } from '#crypto/ed25519.ts'
import { MerkleFrontier } from '#crypto/merkle.ts'
import { decodeCheckpoint, encodeCheckpoint, signCheckpoint } from '#ledger/checkpoint.ts'
import type { Finding } from '#ledger/finding.ts'
import { type RecordHeader, encodeHead, leafHashOf } from '#ledger/record.ts'
import { verifyLedger } from '#ledger/verify.ts'
import { quiesce } from './ledger-world.ts'
import { ACCOUNT, ScratchLedger } from './scratch-ledger.ts'

interface Planted {
  readonly scratch: ScratchLedger
  readonly headers: readonly RecordHeader[]
  readonly at: readonly { readonly name: string; readonly path: string; readonly offset: number }[]
}

const RECORDS = 30

/** A log with a checkpoint after every ten records, a slot record and a large payload. */
async function planted(): Promise<Planted> {
  const scratch = await ScratchLedger.open()
  for (let round = 0; round < 3; round++) {
    await scratch.fill(8)
    await scratch.ledger.append(ACCOUNT, [{ kind: 'slot', payload: Buffer.from(`slot ${round}`) }])
    await scratch.append(scratch.random.bytes(9000))
    await quiesce()
    scratch.clock.advance(100)
    await quiesce()
  }
  using reader = scratch.reader()
  const records = [...reader.records({ seq: 0 as Seq, location: null })].filter((record) => record.header !== null)
  assert.equal(records.length, RECORDS)
  const at = records.map(({ location }) => {
    const path = scratch.segmentPath(location.segment)
    return { name: path.slice(path.indexOf('segments/')), path, offset: location.offset }
  })
  return { scratch, headers: records.map(({ header }) => header), at }
}

function brief(findings: readonly Finding[]): unknown[] {
  return findings.map(({ kind, records, file, bytes }) => [kind, records?.from ?? null, file, bytes.start, bytes.end])
}

test('a good log has no findings, and everything in it was looked at', async () => {
  const { scratch, headers } = await planted()
  const { report, findings } = await scratch.verify()
  assert.deepEqual(findings, [])
  const payloadBytes = headers.reduce((sum, { payloadLength }) => sum + payloadLength, 0)
  assert.deepEqual(report, {
    account: ACCOUNT,
    records: RECORDS,
    payloadBytes,
    dropped: 0,
    upgraded: 0,
    checkpoints: 3,
    findings: 0,
  })
  const total = await verifyLedger(scratch.disk, '/ledger', null, () => assert.fail('nothing is wrong'))
  assert.deepEqual(total, {
    accounts: 1,
    records: RECORDS,
    payloadBytes,
    dropped: 0,
    upgraded: 0,
    checkpoints: 3,
    findings: 0,
  })
})

test('changed payloads, small and large, and a lost block, by their bytes', async () => {
  const { scratch, at, headers } = await planted()
  const fitsSector = (seq: number): boolean => {
    const body = (at[seq]?.offset ?? 0) + 128
    return Math.ceil(body / 512) * 512 + 512 <= body + (headers[seq]?.payloadLength ?? 0)
  }
  const [small, lost, large] = [2, [10, 11, 12, 13].find(fitsSector) ?? -1, 19] as const
  const place = (seq: number): { name: string; path: string; body: number } => ({
    name: at[seq]?.name ?? '',
    path: at[seq]?.path ?? '',
    body: (at[seq]?.offset ?? 0) + 128,
  })
  scratch.flip(place(small).path, place(small).body + 50)
  const sector = Math.ceil(place(lost).body / 512) * 512
  scratch.disk.file(place(lost).path).corrupt(sector, Buffer.alloc(512))
  scratch.flip(place(large).path, place(large).body + 8999)
  const { findings, report } = await scratch.verify()
  const whole = (seq: number): readonly [number, number] => [
    place(seq).body,
    place(seq).body + (headers[seq]?.payloadLength ?? 0),
  ]
  assert.deepEqual(brief(findings), [
    ['payloadChanged', small, place(small).name, ...whole(small)],
    ['payloadZeroed', lost, place(lost).name, sector, sector + 512],
    ['payloadChanged', large, place(large).name, ...whole(large)],
  ])
  assert.ok(findings.every(({ derived }) => !derived))
  assert.equal(report.checkpoints, 3, 'the tree does not depend on payloads')
})

test('a damaged head: the tree is followed by its stored leaf', async () => {
  const { scratch, at } = await planted()
  const { path, offset, name } = at[5] ?? { path: '', offset: 0, name: '' }
  scratch.flip(path, offset + 60)
  const { findings, report } = await scratch.verify()
  assert.deepEqual(brief(findings), [['recordHead', 5, name, offset, at[6]?.offset]])
  assert.equal(report.checkpoints, 3)
})

test('a forged header is named, and so is a wrong hash in the tree', async () => {
  const { scratch, at, headers } = await planted()
  const { path, offset, name } = at[12] ?? { path: '', offset: 0, name: '' }
  const forged = { ...(headers[12] as RecordHeader), kind: 'journal' as const }
  scratch.disk.file(path).corrupt(offset, encodeHead(forged))
  scratch.flip(scratch.path('tree/0'), 25 * 32 + 3)
  const { findings, report } = await scratch.verify()
  assert.deepEqual(brief(findings), [
    ['forgedHeader', 12, name, offset, offset + 128],
    ['treeHash', 25, 'tree/0', 25 * 32, 26 * 32],
  ])
  assert.deepEqual(
    findings.map(({ derived }) => derived),
    [false, true],
  )
  assert.equal(report.checkpoints, 3)
})

test('a header forged together with the tree contradicts the checkpoint', async () => {
  const { scratch, at, headers } = await planted()
  const { path, offset } = at[12] ?? { path: '', offset: 0 }
  const forged = { ...(headers[12] as RecordHeader), kind: 'journal' as const }
  scratch.disk.file(path).corrupt(offset, encodeHead(forged))
  scratch.disk.file(scratch.path('tree/0')).corrupt(12 * 32, leafHashOf(forged))
  const { findings } = await scratch.verify()
  assert.deepEqual(
    findings.map(({ kind, records }) => [kind, records]),
    [
      ['checkpointRoot', { from: 10, to: 20 }],
      ['checkpointRoot', { from: 20, to: 30 }],
    ],
  )
})

test('a log that was rolled back, with its tree, is shorter than what was signed', async () => {
  const { scratch, at } = await planted()
  for (const { path } of at.slice(20)) {
    if (!path.endsWith(at[19]?.name ?? '-') && scratch.disk.exists(path)) scratch.disk.remove(path)
  }
  const { findings, report } = await scratch.verify()
  assert.equal(findings.at(-1)?.kind, 'slots')
  assert.deepEqual(findings[0]?.kind, 'missingRecords')
  assert.deepEqual(findings[0]?.records, { from: report.records, to: 30 })
})

test('a segment that has gone is a gap, and the rest is checked', async () => {
  const { scratch, at } = await planted()
  const gone = at[9] ?? { path: '', name: '', offset: 0 }
  scratch.disk.remove(gone.path)
  const { findings, report } = await scratch.verify()
  const missing = findings.filter(({ kind }) => kind === 'missingRecords')
  assert.deepEqual(
    missing.map(({ records }) => records),
    [{ from: 9, to: 10 }],
  )
  assert.equal(report.checkpoints, 3)
  // The sum of sizes in the next segment's head is not right any more.
  assert.ok(findings.every(({ kind }) => kind === 'missingRecords' || kind === 'segmentHead'))
})

test('checkpoints: torn, signed by another key, out of place', async () => {
  const { scratch, headers } = await planted()
  const checkpoints = scratch.path('checkpoints')
  scratch.flip(checkpoints, 128 + 50)
  const other = signingKeyFromSeed(Buffer.alloc(32, 7))
  const root = MerkleFrontier.fromLeaves(headers.map(leafHashOf)).root()
  const forged = signCheckpoint(other, { account: ACCOUNT, size: RECORDS, root, time: 0 })
  scratch.disk.file(checkpoints).write(encodeCheckpoint({ ...forged, segment: 0 as Seq, end: 64 }), 3 * 128)
  const last = Buffer.alloc(128)
  scratch.disk.file(checkpoints).read(last, 2 * 128)
  const stored = decodeCheckpoint(ACCOUNT, last)
  assert.ok(stored !== null)
  scratch.disk.file(checkpoints).corrupt(2 * 128, encodeCheckpoint({ ...stored, end: stored.end - 1 }))
  const { findings, report } = await scratch.verify()
  assert.deepEqual(brief(findings), [
    ['checkpointSignature', null, 'checkpoints', 128, 256],
    ['checkpointOrder', null, 'checkpoints', 256, 384],
    ['checkpointSignature', null, 'checkpoints', 384, 512],
  ])
  assert.equal(report.checkpoints, 2)
})

test('stray bytes in a closed segment, a damaged segment head, slots that are not those of the log', async () => {
  const { scratch, at } = await planted()
  const closed = at[0] ?? { path: '', name: '', offset: 0 }
  const { size } = scratch.disk.file(closed.path)
  scratch.disk.file(closed.path).write(Buffer.from('stray'), size)
  const large = at[19] ?? { path: '', name: '', offset: 0 }
  scratch.flip(large.path, 40)
  scratch.disk.file(scratch.path('slots')).truncate(128 + 6)
  const { findings } = await scratch.verify()
  const kinds = findings.map(({ kind, file, bytes }) => [kind, file, bytes.start])
  assert.deepEqual(kinds[0], ['strayBytes', closed.name, size])
  assert.ok(kinds.some(([kind, file]) => kind === 'segmentHead' && file === large.name))
  assert.deepEqual(kinds.at(-1)?.slice(0, 2), ['slots', 'slots'])
})

test('records whose checkpoints were lost are told, if the commit journal does not hold them', async () => {
  const { scratch } = await planted()
  await scratch.close()
  assert.deepEqual((await scratch.verify()).findings, [])
  const checkpoints = scratch.disk.file(scratch.path('checkpoints'))
  checkpoints.truncate(2 * 128)
  const unsigned = {
    file: 'checkpoints',
    derived: false,
    kind: 'unsigned',
    bytes: { start: 0, end: 0 },
    account: ACCOUNT,
  }
  assert.deepEqual((await scratch.verify()).findings, [{ ...unsigned, records: { from: 20, to: 30 } }])
  scratch.disk.remove(scratch.path('checkpoints'))
  assert.deepEqual((await scratch.verify()).findings, [{ ...unsigned, records: { from: 0, to: 30 } }])
})

test('copies of slot records that come twice are told', async () => {
  const { scratch } = await planted()
  const slots = scratch.disk.file(scratch.path('slots'))
  const { size } = slots
  const copies = Buffer.alloc(size)
  slots.read(copies, 0)
  slots.write(copies, size)
  assert.deepEqual(brief((await scratch.verify()).findings), [['slots', null, 'slots', size, 2 * size]])
})

test("an account's directory under another's digits is told", async () => {
  const { scratch } = await planted()
  const elsewhere = `/ledger/accounts/ff/${ACCOUNT}`
  scratch.disk.makeDirectory(elsewhere)
  const findings: Finding[] = []
  await verifyLedger(scratch.disk, '/ledger', scratch.ledger.publicKey, (finding) => findings.push(finding))
  assert.deepEqual(brief(findings), [['misplaced', null, `../../ff/${ACCOUNT}`, 0, 0]])
})

test('a missing or shortened tree is told once for each hash, as something that can be made again', async () => {
  const { scratch } = await planted()
  scratch.disk.file(scratch.path('tree/0')).truncate(28 * 32)
  const { findings } = await scratch.verify()
  assert.deepEqual(brief(findings), [
    ['treeHash', 28, 'tree/0', 28 * 32, 29 * 32],
    ['treeHash', 29, 'tree/0', 29 * 32, 30 * 32],
  ])
  assert.ok(findings.every(({ derived }) => derived))
})

test('it can run while the ledger writes', async () => {
  const { scratch } = await planted()
  const verifying = scratch.verify()
  const writing = scratch.fill(30)
  assert.deepEqual((await verifying).findings, [])
  await writing
  // What is acknowledged, settled and not yet signed is no finding, either.
  assert.deepEqual((await scratch.verify()).findings, [])
})
