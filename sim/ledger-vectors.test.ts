// The vectors in docs/formats/vectors/ledger/ are what this ledger writes, and it reads them.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import { parseCheckpoint, parseVerifier } from '#ledger/checkpoint.ts'
import type { Finding } from '#ledger/finding.ts'
import { openLedger } from '#ledger/ledger.ts'
import { LogReader } from '#ledger/reader.ts'
import { decodeHead, leafHashOf } from '#ledger/record.ts'
import { verifyLedger } from '#ledger/verify.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { DIRECTORY, type Files, LIMITS, VECTORS, type Vectors, makeVectors } from './ledger-vectors.ts'
import { Random } from './random.ts'

function load(name: string): unknown {
  return JSON.parse(fs.readFileSync(path.join(VECTORS, `${name}.json`), 'utf8'))
}

function diskWith(vector: 'settled' | 'unsettled'): SimulatedDisk {
  const disk = new SimulatedDisk(new Random(1))
  for (const [name, hex] of Object.entries(load(vector) as Files)) {
    const full = `${DIRECTORY}/${name}`
    disk.makeDirectory(path.dirname(full))
    const file = disk.openWrite(full)
    file.write(Buffer.from(hex, 'hex'), 0)
    if (name.startsWith('journal/')) file.truncate(LIMITS.journalBytes)
  }
  return disk
}

const vectors = load('vectors') as Vectors

test('what is written is what the vectors say', async () => {
  const made = JSON.parse(JSON.stringify(await makeVectors())) as unknown
  assert.deepEqual(made, { vectors, unsettled: load('unsettled'), settled: load('settled') })
})

test('each head, leaf hash and payload is read as the vectors say', () => {
  const disk = diskWith('settled')
  for (const { header, payload, head, leafHash, segment, offset } of vectors.records) {
    const expected = { ...header, digest: Buffer.from(header.digest, 'hex') }
    const decoded = decodeHead(Buffer.from(head, 'hex'))
    assert.deepEqual(decoded, { ok: true, value: { header: expected, state: 'present' } })
    assert.equal(leafHashOf(expected).toString('hex'), leafHash)
    using reader = new LogReader(disk, DIRECTORY, header.account)
    const location = { segment: segment as typeof header.seq, offset }
    assert.equal(reader.readPayload(location, expected).toString('hex'), payload)
  }
})

test('the settled ledger verifies, and its checkpoints are the notes of the vectors', async () => {
  const findings: Finding[] = []
  const report = await verifyLedger(diskWith('settled'), DIRECTORY, null, (finding) => findings.push(finding))
  assert.deepEqual(findings, [])
  assert.equal(report?.records, vectors.records.length)
  const publicKey = parseVerifier(vectors.verifier)
  assert.ok(publicKey !== null)
  for (const [account, note] of Object.entries(vectors.checkpoints)) {
    const checkpoint = parseCheckpoint(note, publicKey)
    assert.equal(checkpoint?.account, account)
    assert.equal(checkpoint.root.toString('hex'), vectors.roots[account]?.at(-1))
  }
})

test('the journal alone gives the same logs', async () => {
  const disk = diskWith('unsettled')
  const clock = new SimulatedClock()
  const ledger = await openLedger({ disk, clock, directory: DIRECTORY, limits: LIMITS })
  assert.deepEqual(ledger.recovered.damage, [])
  assert.equal(ledger.recovered.records, vectors.records.length)
  for (const [account, roots] of Object.entries(vectors.roots)) {
    assert.equal(ledger.checkpoint(account as AccountId).root.toString('hex'), roots.at(-1))
  }
  await ledger.close()
  const settled = load('settled') as Files
  for (const [name, hex] of Object.entries(settled)) {
    // Checkpoints are as many as there were occasions to sign one.
    if (name.endsWith('/checkpoints')) continue
    const content = Buffer.alloc(hex.length / 2 + 1)
    assert.equal(content.toString('hex', 0, disk.file(`${DIRECTORY}/${name}`).read(content, 0)), hex, name)
  }
})
