// A thousand damages, at random places of every kind of file: no wrong byte is ever served, all within the power of the parity is served and repaired to
// what was written, and the rest is named. MAILKEEP_DAMAGE_SEED and MAILKEEP_DAMAGE_RUNS make it another or longer run; a failure tells its seed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import { ParityFile } from '#ledger/parity-file.ts'
import { PARITY_BLOCK_BYTES, sectionOf, sectionStart } from '#ledger/parity-format.ts'
import { DAMAGES, type Damage, blocks } from './damages.ts'
import { ProtectedLog, bytesOf } from './protected-log.ts'
import { Random } from './random.ts'
import { ACCOUNT } from './scratch-ledger.ts'

const RUNS = Number(process.env['MAILKEEP_DAMAGE_RUNS'] ?? 1000)
const SEED = Number(process.env['MAILKEEP_DAMAGE_SEED'] ?? 1)
/** Share of the cases after which the whole log is verified. */
const VERIFIED = 0.2
const BLOCK = PARITY_BLOCK_BYTES

class Matrix {
  readonly log: ProtectedLog
  readonly closed: readonly string[]
  readonly counts: Record<string, number> = {}

  constructor(log: ProtectedLog) {
    this.log = log
    this.closed = [...log.asWritten.keys()]
      .filter((name) => name.endsWith('.par'))
      .map((name) => name.replace('par', 'seg'))
  }

  put(name: string, bytes: Buffer | null): void {
    const { disk } = this.log.scratch
    if (bytes === null) return disk.remove(name)
    const handle = disk.openWrite(name)
    handle.truncate(bytes.length)
    if (bytes.length > 0) handle.write(bytes, 0)
    handle.close()
  }

  /** Whether the parity can compute every block of the segment that is not as it was. */
  canRepair(name: string, damaged: Buffer | null): boolean {
    const original = this.log.asWritten.get(name) as Buffer
    const first = Number.parseInt(name.slice(-20, -4), 16) as Seq
    const parity = ParityFile.open(this.log.scratch.disk, name.replace(/seg$/, 'par'), ACCOUNT, first)
    assert.ok(parity !== null)
    const { shape } = parity.head
    const lost = new Map<number, number>()
    for (let block = 0; block < blocks(original); block++) {
      const range = [block * BLOCK, Math.min((block + 1) * BLOCK, original.length)] as const
      if (damaged !== null && original.subarray(...range).equals(damaged.subarray(...range))) continue
      const section = sectionOf(shape, block)
      const word = section * shape.stripes + ((block - sectionStart(shape, section)) % shape.stripes)
      lost.set(word, (lost.get(word) ?? 0) + 1)
    }
    return [...lost.values()].every((count) => count <= shape.parity)
  }

  /** Serves what can be served. Throws if anything is wrong; returns the records that were refused or not there. */
  readAll(damaged: string): ReadonlySet<number> {
    const { records, payloads, scratch } = this.log
    const told = new Set<Seq | null>()
    using reader = scratch.reader(ACCOUNT, (segment) => told.add(segment))
    const missing = new Set(payloads.keys())
    for (const record of reader.records({ seq: 0 as Seq, location: null })) {
      if (record.headDamage !== null) continue
      assert.deepEqual(record.header, records[record.header.seq]?.header, 'a header is what was written')
      this.#readOne(reader, record, missing)
    }
    // As a vault reads, that has the places in its index.
    for (const [seq, record] of records.entries()) {
      if (missing.has(seq) || scratch.segmentPath(record.location.segment) === damaged)
        this.#readOne(reader, record, missing)
    }
    return missing
  }

  #readOne(
    reader: ReturnType<ProtectedLog['scratch']['reader']>,
    record: ProtectedLog['records'][number],
    missing: Set<number>,
  ): void {
    const { seq } = record.header
    try {
      const payload = reader.readPayload(record.location, record.header)
      assert.ok(payload.equals(this.log.payloads[seq] as Buffer), `the payload of ${seq} is what was written`)
      missing.delete(seq)
    } catch (error) {
      assert.ok(error instanceof DamagedRecordError)
      assert.equal(error.seq, seq)
    }
  }

  async damage(name: string, kind: string, random: Random): Promise<void> {
    const { scratch, asWritten } = this.log
    const original = asWritten.get(name) as Buffer
    const damaged = (DAMAGES[kind] as Damage)(original, random)
    if (damaged?.equals(original) === true) return
    this.put(name, damaged)
    const isSegment = name.endsWith('.seg')
    const isClosed = this.closed.includes(name)
    const within = !isSegment || (isClosed && this.canRepair(name, damaged))
    const missing = this.readAll(name)
    const first = isSegment || name.endsWith('.par') ? (Number.parseInt(name.slice(-20, -4), 16) as Seq) : null
    if (within) assert.equal(missing.size, 0, 'everything is served')
    for (const seq of missing) assert.equal(scratch.segmentPath(this.log.records[seq]?.location.segment ?? -1), name)
    if (first !== null && random.chance(VERIFIED)) {
      const { findings } = await scratch.verify()
      const lost = findings.filter(({ derived }) => !derived)
      assert.equal(lost.length === 0, within, JSON.stringify(findings))
    }
    scratch.clock.advance(61_000)
    const outcome = await scratch.ledger.repair(ACCOUNT, first)
    if (within) {
      // That there was a parity file is nowhere written.
      const isUnseen = damaged === null && name.endsWith('.par')
      assert.equal(outcome, isUnseen ? 'intact' : 'repaired')
      if (random.chance(VERIFIED)) assert.deepEqual((await scratch.verify()).findings, [])
      if (!name.endsWith('/checkpoints')) this.assertOriginal(name)
    } else if (isClosed) assert.equal(outcome, 'unrepairable')
    this.count(
      `${isSegment ? (isClosed ? 'closed segment' : 'last segment') : kindOf(name)}, ${within ? 'repaired' : 'named'}`,
    )
    this.put(name, original)
    if (!isClosed && isSegment) assert.equal(this.readAll(name).size, 0)
  }

  assertOriginal(name: string): void {
    assert.ok(
      bytesOf(this.log.scratch, name).equals(this.log.asWritten.get(name) as Buffer),
      'the file is as it was written',
    )
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }
}

function kindOf(name: string): string {
  if (name.endsWith('.par')) return 'parity'
  return name.includes('/tree/') ? 'tree' : (name.split('/').at(-1) ?? '')
}

test(`${RUNS} damages of every kind, in every kind of file`, async (context) => {
  const log = await ProtectedLog.make()
  const matrix = new Matrix(log)
  const files = [...log.asWritten.keys()].filter((name) => name.includes('/accounts/'))
  const others = files.filter((name) => !name.endsWith('.seg'))
  for (let run = 0; run < RUNS; run++) {
    const seed = SEED * 1_000_000 + run
    const random = new Random(seed)
    const name = random.pick(random.chance(0.6) ? files.filter((file) => file.endsWith('.seg')) : others)
    const kind = random.pick(Object.keys(DAMAGES))
    try {
      await matrix.damage(name, kind, random)
    } catch (error) {
      throw new Error(`case ${run} of seed ${SEED}: ${kind} in ${name}`, { cause: error })
    }
  }
  for (const [what, count] of Object.entries(matrix.counts)) context.diagnostic(`${what}: ${count}`)
  log.assertAsWritten()
})
