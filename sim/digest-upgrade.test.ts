// Digests are upgraded on a simulated disk, while records come and the process dies.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { sha512 } from '#crypto/hash.ts'
import { AddedDigests } from '#ledger/added-digests.ts'
import { parseDigests } from '#ledger/digests.ts'
import { quiesce } from './ledger-world.ts'
import { ACCOUNT, ScratchLedger } from './scratch-ledger.ts'

const RECORDS_MAX = 8
const DIGESTS = { algorithm: 'sha256', recordsMax: RECORDS_MAX } as const

function openScratch(seed = 2): Promise<ScratchLedger> {
  return ScratchLedger.open({}, { percent: 20 }, seed, undefined, DIGESTS)
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await quiesce()
}

/** What the log says of each record, and that it says it once. */
async function upgradesOf(scratch: ScratchLedger): Promise<readonly string[]> {
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

async function assertUpgraded(scratch: ScratchLedger, payloads: readonly Buffer[], lost: readonly number[] = []): Promise<void> {
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
  await assertUpgraded(scratch, [...payloads, large])
  using reader = scratch.reader()
  const headers = [...reader.records({ seq: 31 as Seq, location: null })].map((record) => record.header?.digestAlgorithm)
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
  const scratch = await ScratchLedger.open({}, null, 2, undefined, { algorithm: 'sha512' })
  await scratch.fill(3)
  scratch.clock.advance(10_000)
  await settle()
  using reader = scratch.reader()
  const kinds = [...reader.records({ seq: 0 as Seq, location: null })].map(({ header }) => [header?.kind, header?.digestAlgorithm])
  assert.deepEqual(kinds, Array.from({ length: 3 }, () => ['mail', 'sha512']))
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
  await assertUpgraded(scratch, payloads)
  using reader = scratch.reader(other)
  assert.equal([...reader.records({ seq: 0 as Seq, location: null })][0]?.header?.digestAlgorithm, 'sha512')
  assert.deepEqual((await scratch.verify()).findings, [])
  await scratch.close()
})
