// A ledger with retention on a simulated disk, and what its log has released.

import assert from 'node:assert/strict'
import type { Seq } from '#base/ids.ts'
import type { NumberRange } from '#base/number-ranges.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import { listSegments, accountPaths } from '#ledger/paths.ts'
import type { RecordHeader } from '#ledger/record.ts'
import { encodeRelease } from '#ledger/release.ts'
import type { Retention } from '#ledger/retention.ts'
import { quiesce } from './ledger-world.ts'
import { ACCOUNT, ScratchLedger } from './scratch-ledger.ts'

export const DAY_MS = 86_400_000
export const PERIOD_MS = 30 * DAY_MS
const STEP_MS = DAY_MS / 4
const FIRST_STEP_MS = 11_000

export class RetentionWorld {
  readonly scratch: ScratchLedger
  /** By number: the payload, or null if it is no mail. */
  readonly mail: (Buffer | null)[] = []

  constructor(scratch: ScratchLedger) {
    this.scratch = scratch
  }

  static async open(seed = 2, periodMs = PERIOD_MS): Promise<RetentionWorld> {
    return new RetentionWorld(await ScratchLedger.open({}, { percent: 10 }, seed, null, { periodMs }))
  }

  get retention(): Retention {
    assert.ok(this.scratch.ledger.retention !== null)
    return this.scratch.ledger.retention
  }

  /** Returns the numbers of the new records. */
  async receive(count: number, bytes = 900): Promise<number[]> {
    const numbers: number[] = []
    for (let at = 0; at < count; at++) {
      const payload = this.scratch.random.bytes(bytes + this.scratch.random.below(200))
      const { firstSeq } = await this.scratch.ledger.append(ACCOUNT, [{ kind: 'mail', payload }])
      this.mail[firstSeq] = payload
      numbers.push(firstSeq)
    }
    return numbers
  }

  async release(released: readonly NumberRange[], kept: readonly NumberRange[] = []): Promise<void> {
    const payload = encodeRelease({ released, kept })
    const { firstSeq } = await this.scratch.ledger.append(ACCOUNT, [{ kind: 'release', payload }])
    this.mail[firstSeq] = null
  }

  /** The ledger runs for so long, and does what it does meanwhile. */
  async pass(durationMs: number): Promise<void> {
    for (let left = durationMs; left > 0; left -= STEP_MS) {
      this.scratch.clock.advance(Math.min(left, left === durationMs ? FIRST_STEP_MS : STEP_MS))
      if (left === durationMs) left += STEP_MS - FIRST_STEP_MS
      await settle()
    }
  }

  /** Numbers of mail of which the payload has gone; every other record is as it was appended. */
  dropped(): number[] {
    using reader = this.scratch.reader()
    const dropped: number[] = []
    let seq = 0
    for (const record of reader.records({ seq: 0 as Seq, location: null })) {
      assert.ok(record.header !== null, `no head is damaged: ${JSON.stringify(record.headDamage)}`)
      assert.equal(record.header.seq, seq++)
      if (record.state === 'dropped') dropped.push(record.header.seq)
      else this.#assertWhole(record.header, () => reader.readPayload(record.location, record.header))
      if (record.state === 'dropped') {
        assert.throws(() => reader.readPayload(record.location, record.header), isDropped)
      }
    }
    assert.equal(seq, this.scratch.ledger.settledSize(ACCOUNT), 'every record is there')
    return dropped
  }

  #assertWhole(header: RecordHeader, read: () => Buffer): void {
    const expected = this.mail[header.seq]
    if (expected !== null && expected !== undefined) {
      assert.ok(read().equals(expected), `record ${header.seq} is byte for byte what was appended`)
    }
  }

  async assertVerifies(): Promise<void> {
    const { findings } = await this.scratch.verify()
    assert.deepEqual(findings, [])
  }

  segments(): readonly number[] {
    return listSegments(this.scratch.disk, accountPaths('/ledger', ACCOUNT))
  }

  /** Of all files in `segments/`. */
  bytes(): number {
    const directory = this.scratch.path('segments/')
    const names = this.scratch.disk.files().filter((name) => name.startsWith(directory))
    return names.reduce((sum, name) => sum + this.scratch.disk.file(name).size, 0)
  }

  /** What was not to be there any more is nowhere in these files. */
  assertNowhere(payload: Buffer, where: (name: string) => boolean = () => true): void {
    const part = payload.subarray(0, 64)
    for (const name of this.scratch.disk.files().filter(where)) {
      const file = this.scratch.disk.file(name)
      const bytes = Buffer.alloc(file.size)
      file.read(bytes, 0)
      assert.equal(bytes.indexOf(part), -1, `${name} has it`)
    }
  }
}

function isDropped(error: unknown): boolean {
  return error instanceof DamagedRecordError && error.fault === 'dropped'
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 15; turn++) await quiesce()
}
