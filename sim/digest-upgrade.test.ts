// Digests are upgraded on a simulated disk, while records come and the process dies.

import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { signingKeyFromSeed } from '#crypto/ed25519.ts'
import { sha512 } from '#crypto/hash.ts'
import { AddedDigests } from '#ledger/added-digests.ts'
import { CHAIN_START, chainInput, parseDigests, signDigests } from '#ledger/digests.ts'
import { SimulatedDisk } from './disk.ts'
import { quiesce } from './ledger-world.ts'
import { Random } from './random.ts'
import { ACCOUNT, ScratchLedger } from './scratch-ledger.ts'

const RECORDS_MAX = 8
const DIGESTS = { algorithm: 'sha256', recordsMax: RECORDS_MAX } as const

function openScratch(seed = 2): Promise<ScratchLedger> {
  return ScratchLedger.open({}, { percent: 20 }, seed, null, null, DIGESTS)
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await quiesce()
}

/** The same files, durable. */
async function copyOf(disk: SimulatedDisk, seed: number): Promise<SimulatedDisk> {
  const copy = new SimulatedDisk(new Random(seed))
  const directories = new Set<string>()
  for (const name of disk.files()) {
    const bytes = Buffer.alloc(disk.file(name).size)
    disk.file(name).read(bytes, 0)
    for (let parent = path.dirname(name); parent !== '/'; parent = path.dirname(parent)) directories.add(parent)
    copy.makeDirectory(path.dirname(name))
    const file = copy.openWrite(name)
    file.write(bytes, 0)
    await file.datasync()
  }
  for (const directory of directories) await copy.syncDirectory(directory)
  return copy
}

/** What the log says of each record, and that it says it once. */
function upgradesOf(scratch: ScratchLedger): readonly string[] {
  const said: string[] = []
  using reader = scratch.reader()
  for (const { header, location } of reader.records({ seq: 0 as Seq, location: null })) {
    if (header?.kind !== 'digests' || location === null) continue
    const digests = parseDigests(reader.readPayload(location, header)) ?? assert.fail('no digests')
    assert.equal(digests.first, said.length, 'each goes on where the one before ended')
    said.push(...digests.entries.map(({ kind }) => kind))
  }
  return said
}

function assertUpgraded(scratch: ScratchLedger, payloads: readonly Buffer[], lost: readonly number[] = []): void {
  using added = new AddedDigests(scratch.disk, '/ledger', ACCOUNT, scratch.ledger.publicKey)
  for (const _ of added.read((seq) => assert.fail(`record ${seq}`))) continue
  for (const [seq, payload] of payloads.entries()) {
    const digest = added.of(seq)
    if (lost.includes(seq)) assert.equal(digest, null)
    else assert.ok(digest?.equals(sha512(payload)), `record ${seq} has its digest`)
  }
}

test('every record gets a stronger digest, new ones have it in their headers, and all of it verifies', async () => {
  const scratch = await openScratch()
  const payloads = await scratch.fill(30)
  const large = scratch.random.bytes(20_000)
  await scratch.append(large)
  await scratch.ledger.digests.upgrade(ACCOUNT)
  const meanwhile = scratch.fill(5)
  await settle()
  await meanwhile
  await settle()
  assertUpgraded(scratch, [...payloads, large])
  using reader = scratch.reader()
  const headers = [...reader.records({ seq: 31 as Seq, location: null })].map(
    (record) => record.header?.digestAlgorithm,
  )
  assert.deepEqual(new Set(headers), new Set(['sha512']))
  const { report, findings } = await scratch.verify()
  assert.deepEqual(findings, [])
  assert.equal(report.upgraded, 31)
  const [status] = await scratch.ledger.digests.status(ACCOUNT)
  assert.deepEqual([status?.state, status?.algorithm, status?.added, status?.damaged], ['done', 'sha512', 31, 0])
  await scratch.close()
  await scratch.reopen()
  await scratch.fill(1)
  using again = scratch.reader()
  assert.equal([...again.records({ seq: 40 as Seq, location: null })].at(-1)?.header?.digestAlgorithm, 'sha512')
  await scratch.close()
})

test('without an upgrade nothing is written, and a configured algorithm is that of new records', async () => {
  const scratch = await ScratchLedger.open({}, null, 2, null, null, { algorithm: 'sha512' })
  await scratch.fill(3)
  scratch.clock.advance(10_000)
  await settle()
  using reader = scratch.reader()
  const kinds = [...reader.records({ seq: 0 as Seq, location: null })].map(({ header }) => [
    header?.kind,
    header?.digestAlgorithm,
  ])
  assert.deepEqual(
    kinds,
    Array.from({ length: 3 }, () => ['mail', 'sha512']),
  )
  assert.equal((await scratch.ledger.digests.status(ACCOUNT))[0]?.state, 'none')
  await scratch.close()
})

test('the upgrade of all is of accounts that come later, too, and survives a restart', async () => {
  const other = 'ffffffffffffffffffffffffffffffff' as typeof ACCOUNT
  const scratch = await openScratch()
  const payloads = await scratch.fill(10)
  await scratch.ledger.digests.upgrade(null)
  await scratch.kill()
  await scratch.reopen()
  await scratch.ledger.append(other, [{ kind: 'mail', payload: Buffer.from('new') }])
  scratch.clock.advance(2_000)
  await settle()
  assertUpgraded(scratch, payloads)
  using reader = scratch.reader(other)
  assert.equal([...reader.records({ seq: 0 as Seq, location: null })][0]?.header?.digestAlgorithm, 'sha512')
  assert.deepEqual((await scratch.verify()).findings, [])
  await scratch.close()
})

test('what is damaged gets no stronger digest, is told, and the rest is upgraded', async () => {
  const scratch = await ScratchLedger.open({}, null, 2, null, null, DIGESTS)
  const payloads = await scratch.fill(20)
  const segment = scratch.segmentPath(0)
  scratch.flip(segment, 64 + 128 + 10)
  await scratch.ledger.digests.upgrade(ACCOUNT)
  await settle()
  assertUpgraded(scratch, payloads, [0])
  assert.deepEqual(upgradesOf(scratch).slice(0, 20), ['damaged', ...Array.from({ length: 19 }, () => 'added')])
  const [status] = await scratch.ledger.digests.status(ACCOUNT)
  assert.deepEqual([status?.state, status?.added, status?.damaged], ['done', 19, 1])
  const { findings } = await scratch.verify()
  assert.deepEqual(
    findings.map(({ kind, records }) => [kind, records?.from]),
    [['payloadChanged', 0]],
  )
  await scratch.close()
})

test('a head that cannot be read stands in the chain as such', async () => {
  const scratch = await ScratchLedger.open({}, null, 2, null, null, DIGESTS)
  const payloads = await scratch.fill(20)
  const segment = scratch.segmentPath(0)
  const second = 64 + 128 + (payloads[0]?.length ?? 0)
  scratch.flip(segment, second + 20)
  await scratch.ledger.digests.upgrade(ACCOUNT)
  await settle()
  assert.deepEqual(upgradesOf(scratch).slice(0, 3), ['added', 'headDamaged', 'added'])
  assert.deepEqual(
    (await scratch.verify()).findings.map(({ kind }) => kind),
    ['recordHead'],
  )
  scratch.flip(segment, second + 20)
  assert.deepEqual((await scratch.verify()).findings, [])
  await scratch.close()
})

test('what parity can repair is repaired, and has its digest', async () => {
  const scratch = await openScratch()
  const payloads = await scratch.fill(40)
  await settle()
  scratch.flip(scratch.segmentPath(0), 64 + 128 + 10)
  await scratch.ledger.digests.upgrade(ACCOUNT)
  await settle()
  assertUpgraded(scratch, payloads)
  assert.equal((await scratch.ledger.digests.status(ACCOUNT))[0]?.damaged, 0)
  assert.deepEqual((await scratch.verify()).findings, [])
  await scratch.close()
})

test('a digest, a chain, or a signature that is another is told', async () => {
  const scratch = await ScratchLedger.open()
  const payloads = await scratch.fill(4)
  await settle()
  const seed = Buffer.alloc(64)
  scratch.disk.file('/ledger/key').read(seed, 0)
  const key = signingKeyFromSeed(seed.subarray(0, 32))
  using reader = scratch.reader()
  const headers = [...reader.records({ seq: 0 as Seq, location: null })].map(({ header }) => header)
  const chain = sha512(CHAIN_START, ...headers.map((header) => chainInput(header)))
  const entries = payloads.map((payload) => ({ kind: 'added' as const, digest: sha512(payload) }))
  const wrong = entries.with(2, { kind: 'added', digest: sha512(Buffer.from('of another payload')) })
  const stranger = signingKeyFromSeed(Buffer.alloc(32, 7))
  const cases: readonly [Buffer, string, number][] = [
    [signDigests(key, ACCOUNT, { first: 0, entries: wrong, chain }), 'addedDigest', 2],
    [signDigests(key, ACCOUNT, { first: 0, entries, chain: sha512(chain) }), 'digests', 4],
    [signDigests(stranger, ACCOUNT, { first: 0, entries, chain }), 'digests', 4],
    [signDigests(key, ACCOUNT, { first: 1, entries: entries.slice(1), chain }), 'digests', 4],
    [Buffer.from('something else'), 'digests', 4],
  ]
  await scratch.close()
  const { disk } = scratch
  for (const [payload, kind, record] of cases) {
    scratch.disk = await copyOf(disk, record)
    await scratch.reopen()
    await scratch.ledger.append(ACCOUNT, [{ kind: 'digests', payload }])
    await settle()
    const { findings } = await scratch.verify()
    assert.deepEqual(
      findings.map((finding) => [finding.kind, finding.records?.from]),
      [[kind, record]],
    )
  }
})

for (const fault of ['crash', 'EIO', 'ENOSPC'] as const) {
  test(`interrupted at every step (${fault}), an upgrade goes on, and nothing is done twice`, async () => {
    const scratch = await ScratchLedger.open({}, null, 2, null, null, DIGESTS)
    const payloads = await scratch.fill(20)
    await scratch.close()
    const original = scratch.disk
    let steps = 0
    for (let at = 0; ; at++) {
      scratch.disk = await copyOf(original, at)
      await scratch.reopen()
      let count = 0
      scratch.disk.faults = () => (count++ === at ? fault : null)
      let isAsked = false
      void scratch.ledger.digests.upgrade(ACCOUNT).then(
        () => (isAsked = true),
        () => undefined,
      )
      void scratch.append(scratch.random.bytes(500)).catch(() => undefined)
      await settle()
      scratch.disk.faults = null
      if (count <= at) break
      steps++
      if (fault === 'crash') {
        scratch.disk = scratch.disk.crash()
        await scratch.reopen()
      } else {
        scratch.clock.advance(20_000)
        await settle()
      }
      if (!isAsked && fault !== 'crash') await scratch.ledger.digests.upgrade(ACCOUNT).catch(() => undefined)
      // The ledger has halted: the next one goes on.
      const size = scratch.ledger.size(ACCOUNT)
      await scratch.kill()
      await scratch.reopen()
      assert.ok(scratch.ledger.size(ACCOUNT) >= size)
      if (!isAsked) await scratch.ledger.digests.upgrade(ACCOUNT)
      scratch.clock.advance(2_000)
      await settle()
      const said = upgradesOf(scratch)
      assert.ok(
        said.length >= 20 && said.every((kind) => kind === 'added' || kind === 'own'),
        `step ${at}: ${said.join()}`,
      )
      assertUpgraded(scratch, payloads)
      const { report, findings } = await scratch.verify()
      assert.deepEqual(findings, [], `step ${at}`)
      assert.ok(report.upgraded >= 20)
      await scratch.close()
    }
    assert.ok(steps > 20, `${steps} steps`)
  })
}

test('a repair goes by both digests: bytes that have the old one alone are not kept', async () => {
  const scratch = await openScratch()
  const payloads = await scratch.fill(20)
  await settle()
  const seed = Buffer.alloc(64)
  scratch.disk.file('/ledger/key').read(seed, 0)
  const key = signingKeyFromSeed(seed.subarray(0, 32))
  using reader = scratch.reader()
  const headers = [...reader.records({ seq: 0 as Seq, location: null })].map(({ header }) => header)
  const chain = sha512(CHAIN_START, ...headers.map((header) => chainInput(header)))
  const entries = payloads.map((payload) => ({ kind: 'added' as const, digest: sha512(payload) }))
  // As if the first payload had been replaced by one with the same SHA-256 digest.
  const replaced = entries.with(0, { kind: 'added', digest: sha512(Buffer.from('what it was before')) })
  await scratch.ledger.append(ACCOUNT, [
    { kind: 'digests', payload: signDigests(key, ACCOUNT, { first: 0, entries: replaced, chain }) },
  ])
  await scratch.ledger.digests.upgrade(ACCOUNT)
  await settle()
  assert.equal(await scratch.ledger.repair(ACCOUNT, 0 as Seq), 'unrepairable')
  await scratch.close()
})
