// A log of several closed segments with their parity, for tests that damage it.

import assert from 'node:assert/strict'
import type { Seq } from '#base/ids.ts'
import type { ScrubOptions } from '#ledger/scrubber.ts'
import type { LogRecord } from '#ledger/log-record.ts'
import { quiesce } from './ledger-world.ts'
import { ACCOUNT, ScratchLedger } from './scratch-ledger.ts'

export type Found = LogRecord & { readonly headDamage: null }

const LIMITS = {
  segmentBytes: 64 * 1024,
  journalBytes: 1024 * 1024,
  inlineBytes: 24 * 1024,
  groupBytes: 64 * 1024,
  appendBytes: 128 * 1024,
}

export class ProtectedLog {
  readonly scratch: ScratchLedger
  readonly payloads: readonly Buffer[]
  readonly records: readonly Found[]
  readonly asWritten: ReadonlyMap<string, Buffer>

  private constructor(scratch: ScratchLedger, payloads: readonly Buffer[]) {
    this.scratch = scratch
    this.payloads = payloads
    using reader = scratch.reader()
    this.records = [...reader.records({ seq: 0 as Seq, location: null })].filter(
      (one): one is Found => one.header !== null,
    )
    this.asWritten = new Map(scratch.disk.files().map((name) => [name, bytesOf(scratch, name)]))
  }

  static async make(scrub: ScrubOptions | null = null): Promise<ProtectedLog> {
    const scratch = await ScratchLedger.open(LIMITS, { percent: 10 }, 2, scrub)
    const payloads = [
      ...(await scratch.fill(90)),
      scratch.random.bytes(100 * 1024),
      ...Array.from({ length: 60 }, () => scratch.random.bytes(700 + scratch.random.below(5000))),
    ]
    await scratch.append(...payloads.slice(90))
    scratch.clock.advance(100)
    await quiesceLong()
    return new ProtectedLog(scratch, payloads)
  }

  segmentOf(seq: number): string {
    return this.scratch.segmentPath(this.records[seq]?.location.segment ?? -1)
  }

  /** Every payload is right; returns the segments of which damage was told meanwhile. */
  readAll(): ReadonlySet<Seq | null> {
    const told = new Set<Seq | null>()
    using reader = this.scratch.reader(ACCOUNT, (segment) => told.add(segment))
    let seq = 0
    for (const record of reader.records({ seq: 0 as Seq, location: null })) {
      assert.ok(record.headDamage === null, `no head is damaged: ${JSON.stringify(record.headDamage)}`)
      assert.equal(record.header.seq, seq)
      assert.ok(reader.readPayload(record.location, record.header).equals(this.payloads[seq] as Buffer))
      seq++
    }
    assert.equal(seq, this.payloads.length)
    return told
  }

  /** Every file of the log that is not written by commits. */
  assertSegmentsAsWritten(): void {
    const isSegments = (name: string): boolean => name.includes('/segments/')
    for (const [name, bytes] of this.asWritten) {
      if (isSegments(name)) assert.ok(bytesOf(this.scratch, name).equals(bytes), name)
    }
    const names = this.scratch.disk.files().filter(isSegments)
    assert.deepEqual(names, [...this.asWritten.keys()].filter(isSegments))
  }

  assertAsWritten(): void {
    for (const [name, bytes] of this.asWritten) {
      if (name.includes('/accounts/')) assert.ok(bytesOf(this.scratch, name).equals(bytes), name)
    }
    const others = this.scratch.disk.files().filter((name) => !this.asWritten.has(name))
    assert.deepEqual(others, ['/ledger/damage.log'])
  }
}

async function quiesceLong(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await quiesce()
}

export function bytesOf(scratch: ScratchLedger, name: string): Buffer {
  const file = scratch.disk.file(name)
  const bytes = Buffer.alloc(file.size)
  file.read(bytes, 0)
  return bytes
}
