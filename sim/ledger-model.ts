// What a ledger must hold, kept beside a simulated one: every acknowledged record at its place, nothing that was not appended, appends
// whole or not at all, and trees that continue every checkpoint that was shown.

import assert from 'node:assert/strict'
import type { AccountId } from '#base/ids.ts'
import { MerkleFrontier } from '#crypto/merkle.ts'
import type { Checkpoint } from '#ledger/checkpoint.ts'
import { verifyCheckpoint } from '#ledger/checkpoint.ts'
import type { Finding } from '#ledger/finding.ts'
import { LogReader } from '#ledger/reader.ts'
import { type RecordHeader, type RecordKind, leafHashOf } from '#ledger/record.ts'
import { verifyLedger } from '#ledger/verify.ts'
import type { Disk } from '#platform/disk.ts'

export interface ModelRecord {
  readonly kind: RecordKind
  readonly payload: Buffer
}

interface ModelAccount {
  /** By sequence number. */
  readonly log: ModelRecord[]
  /** Appends of which the outcome is not known: each may be there or not. */
  doubtful: (readonly ModelRecord[])[]
  readonly checkpoints: Checkpoint[]
}

export class LedgerModel {
  readonly accounts = new Map<AccountId, ModelAccount>()

  account(id: AccountId): ModelAccount {
    let account = this.accounts.get(id)
    if (account === undefined) {
      account = { log: [], doubtful: [], checkpoints: [] }
      this.accounts.set(id, account)
    }
    return account
  }

  acknowledged(id: AccountId, firstSeq: number, records: readonly ModelRecord[]): void {
    const { log } = this.account(id)
    for (const [index, record] of records.entries()) {
      assert.equal(log[firstSeq + index], undefined, 'no two records have one place')
      log[firstSeq + index] = record
    }
  }

  doubtful(id: AccountId, records: readonly ModelRecord[]): void {
    this.account(id).doubtful.push(records)
  }

  shown(checkpoint: Checkpoint): void {
    this.account(checkpoint.account).checkpoints.push(checkpoint)
  }

  /** After recovery: everything is there, and what was doubtful is known now. */
  async checkRecovered(disk: Disk, directory: string, publicKey: Uint8Array): Promise<void> {
    for (const [id, account] of this.accounts) {
      const headers = this.#checkLog(disk, directory, id, account)
      checkCheckpoints(account.checkpoints, headers, publicKey)
      account.doubtful = []
    }
    const findings: Finding[] = []
    await verifyLedger(disk, directory, publicKey, (finding) => findings.push(finding))
    assert.deepEqual(findings, [], 'verification finds nothing')
  }

  /** While the ledger runs: what can be read is the beginning of what was acknowledged. */
  checkLive(disk: Disk, directory: string, id: AccountId, settled: number): void {
    const { log } = this.account(id)
    using reader = new LogReader(disk, directory, id)
    let size = 0
    for (const { header, location } of reader.records({ seq: 0 as RecordHeader['seq'], location: null })) {
      assert.ok(header !== null, 'no head is damaged')
      const expected = log[size]
      if (expected === undefined) break
      assertRecord(header, reader.readPayload(location, header), expected)
      size++
    }
    assert.ok(size >= Math.min(settled, log.length), 'what settled can be read')
  }

  #checkLog(disk: Disk, directory: string, id: AccountId, account: ModelAccount): RecordHeader[] {
    using reader = new LogReader(disk, directory, id)
    const headers: RecordHeader[] = []
    const found: ModelRecord[] = []
    for (const { header, location } of reader.records({ seq: 0 as RecordHeader['seq'], location: null })) {
      assert.ok(header !== null, 'no head is damaged')
      assert.equal(header.seq, headers.length)
      headers.push(header)
      found.push({ kind: header.kind, payload: reader.readPayload(location, header) })
    }
    const { log } = account
    assert.ok(!log.includes(undefined as never), 'acknowledged records have no gaps')
    assert.ok(found.length >= log.length, `all ${log.length} acknowledged records are there, not only ${found.length}`)
    for (const [seq, expected] of log.entries()) {
      const header = headers[seq] as RecordHeader
      assertRecord(header, (found[seq] as ModelRecord).payload, expected)
    }
    const slots = headers.filter(({ kind }) => kind === 'slot').map(({ seq }) => seq)
    const copies = reader.readSlots().map(({ header }) => header.seq)
    assert.deepEqual(copies, slots, 'all slot records have copies')
    assert.equal(reader.size(), headers.length)
    this.#settleDoubts(account, found)
    return headers
  }

  /** What is there beyond the acknowledged records is whole appends, each at most once. */
  #settleDoubts(account: ModelAccount, found: readonly ModelRecord[]): void {
    while (account.log.length < found.length) {
      const rest = found.slice(account.log.length)
      const index = account.doubtful.findIndex((records) => records.every((record, at) => sameRecord(record, rest[at])))
      assert.ok(index >= 0, 'what is there was appended, and is there as a whole')
      const [records = []] = account.doubtful.splice(index, 1)
      account.log.push(...records)
    }
  }
}

function checkCheckpoints(
  checkpoints: readonly Checkpoint[],
  headers: readonly RecordHeader[],
  publicKey: Uint8Array,
): void {
  const roots = new Map<number, Buffer>()
  const frontier = new MerkleFrontier()
  roots.set(0, frontier.root())
  for (const header of headers) {
    frontier.append(leafHashOf(header))
    roots.set(frontier.size, frontier.root())
  }
  for (const checkpoint of checkpoints) {
    assert.ok(verifyCheckpoint(checkpoint, publicKey))
    const root = roots.get(checkpoint.size)?.toString('hex')
    assert.equal(
      root,
      checkpoint.root.toString('hex'),
      `the log of ${headers.length} records continues the checkpoint of ${checkpoint.size} that was shown`,
    )
  }
}

function assertRecord(header: RecordHeader, payload: Buffer, expected: ModelRecord): void {
  assert.equal(header.kind, expected.kind)
  assert.ok(payload.equals(expected.payload), `record ${header.seq} is byte for byte what was appended`)
}

function sameRecord(record: ModelRecord, other: ModelRecord | undefined): boolean {
  return other !== undefined && record.kind === other.kind && record.payload.equals(other.payload)
}
