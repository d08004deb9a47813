// Group commit: appends that arrive while the disk is busy become one group, one write and one fdatasync of the commit journal.
// While it runs, the group before is settled and the next one gathers.
//
// Invariants: at most one group is in flight, and it is acknowledged when, and only when, its fdatasync has succeeded. At most two
// groups are not settled, each in its own buffer: when settling fails, nothing more is accepted until it succeeds. Whatever fails
// after an fdatasync was begun ends in `halt`: docs/adr/ledger-durability.md.

import { assert } from '#base/assert.ts'
import type { AccountId } from '#base/ids.ts'
import type { Clock } from '#platform/clock.ts'
import { yieldToEventLoop } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'
import type { AccountState } from './account-state.ts'
import type { Appended, PreparedAppend } from './append.ts'
import { LedgerRefusedError, refusalOf } from './errors.ts'
import { type CommittedRecord, type Group, type GroupPart, GroupPlan } from './group.ts'
import { GROUP_HEAD_BYTES, type GroupRecord, INCOMING_NAME_BYTES, groupFileBytes } from './journal-format.ts'
import type { CommitJournal } from './journal.ts'
import type { LedgerLimits } from './limits.ts'
import { HEAD_BYTES, encodeHeadInto } from './record.ts'
import { usedBytes } from './segment.ts'
import type { Settler } from './settler.ts'
import type { Stall } from './stall.ts'

interface Waiting {
  readonly append: PreparedAppend
  resolve(appended: Appended): void
  reject(error: LedgerRefusedError): void
}

interface Assembled {
  readonly group: Group
  readonly end: number
  readonly records: readonly GroupRecord[]
  readonly appends: readonly { readonly waiting: Waiting; readonly records: readonly CommittedRecord[] }[]
}

export interface CommitterParts {
  readonly clock: Clock
  readonly limits: LedgerLimits
  readonly journal: CommitJournal
  readonly settler: Settler
  readonly stall: Stall
  account(id: AccountId): AccountState
  /** A part of a group is durable, and its account's state says so. */
  committed(part: GroupPart): void
  /** Makes the other journal file active; everything acknowledged is settled. */
  rotate(): Promise<void>
  /** The ledger cannot go on. */
  halt(cause: unknown): void
}

export class Committer {
  readonly #parts: CommitterParts
  readonly #buffers: readonly [Buffer, Buffer]
  #buffer: 0 | 1 = 0
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #busy = false
  #settling = false
  #refusal: LedgerRefusedError | null = null
  #drained: (() => void)[] = []

  constructor(parts: CommitterParts) {
    this.#parts = parts
    const { groupBytes, appendBytes } = parts.limits
    const size = groupFileBytes(Math.max(groupBytes, appendBytes))
    // Not pooled, and not touched before it is used: a quiet ledger does not have this memory.
    this.#buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)]
  }

  /** Resolves when the records are durable. Throws LedgerRefusedError. */
  append(append: PreparedAppend): Promise<Appended> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal)
    if (this.#waitingBytes + append.bodyBytes > this.#parts.limits.waitingBytes) {
      return Promise.reject(new LedgerRefusedError('unavailable'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, resolve, reject })
      this.#waitingBytes += append.bodyBytes
      if (!this.#busy) void this.#run()
    })
  }

  /** Settles what is acknowledged; false if the disk refuses. Can be called at any time. */
  settle(): boolean {
    if (this.#settling) return false
    try {
      this.#parts.settler.settle()
      return true
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#settling = true
      this.#parts.stall
        .until(() => {
          this.#parts.settler.settle()
          this.#settling = false
        })
        .catch((cause: unknown) => this.#parts.halt(cause))
      return false
    }
  }

  /** Refuses everything from now on. Resolves when no group is in flight. */
  stop(): Promise<void> {
    this.#refusal ??= new LedgerRefusedError('unavailable')
    this.#refuseWaiting(this.#refusal)
    return this.#busy ? new Promise((resolve) => this.#drained.push(resolve)) : Promise.resolve()
  }

  async #run(): Promise<void> {
    this.#busy = true
    try {
      for (;;) {
        // What is being received at this moment joins the group.
        await yieldToEventLoop()
        if (this.#waiting.length === 0) {
          this.settle()
          return
        }
        await this.#commitNext()
      }
    } catch (error) {
      this.#parts.halt(error)
    } finally {
      this.#busy = false
      for (const resolve of this.#drained) resolve()
      this.#drained = []
    }
  }

  async #commitNext(): Promise<void> {
    const { journal, stall } = this.#parts
    if (stall.error !== null) {
      stall.poke()
      await yieldToEventLoop()
      if (stall.error !== null) return this.#refuseWaiting(refusalOf(stall.error))
    }
    const first = this.#waiting[0]
    if (first === undefined) return
    if (!journal.fits(first.append.bodyBytes)) return this.#rotate()
    const assembled = this.#assemble()
    if (assembled === null) return
    try {
      journal.write(this.#buffers[this.#buffer], assembled.end, assembled.records)
    } catch (error) {
      this.#refuse(assembled, error)
      if (!(error instanceof DiskError)) throw error
      return
    }
    const durable = journal.datasync()
    durable.catch(() => {})
    this.settle()
    try {
      await durable
    } catch (error) {
      // First, so that whoever is refused finds a ledger that has halted.
      this.#parts.halt(error)
      this.#refuse(assembled, error)
      throw error
    }
    this.#acknowledge(assembled)
  }

  async #rotate(): Promise<void> {
    if (!this.settle()) return
    try {
      await this.#parts.rotate()
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#refuseWaiting(refusalOf(error))
    }
  }

  /** Takes as many of the waiting appends as go into one group; null if none of them can be committed. */
  #assemble(): Assembled | null {
    const { limits } = this.#parts
    assert(this.#parts.settler.pending < 2, 'the group that had this buffer is settled')
    const bytes = this.#buffers[this.#buffer]
    const plan = new GroupPlan(limits)
    const records: GroupRecord[] = []
    const appends: Assembled['appends'][number][] = []
    let end = GROUP_HEAD_BYTES
    for (const [account, batch] of this.#takeBatch()) {
      let part: GroupPart
      try {
        part = plan.part(this.#parts.account(account))
      } catch (error) {
        // This account's files are damaged or cannot be read; the others' appends go on.
        for (const waiting of batch) waiting.reject(refusalOf(error))
        continue
      }
      for (const waiting of batch) {
        if (usedBytes(part.position) + waiting.append.segmentBytes > waiting.append.quotaBytes) {
          waiting.reject(new LedgerRefusedError('overQuota'))
          continue
        }
        const added = this.#encode(waiting.append, part, bytes, end)
        end = added.at(-1)?.end ?? end
        appends.push({ waiting, records: added.map((record) => part.add(record)) })
        records.push(...added)
      }
    }
    const group = { bytes, parts: plan.parts.filter((part) => part.records.length > 0) }
    for (const part of plan.parts) if (part.records.length === 0) part.release()
    return records.length === 0 ? null : { group, end, records, appends }
  }

  /** Waiting appends that fit into a group, by account: a group has an account's records back to back. */
  #takeBatch(): Map<AccountId, Waiting[]> {
    const { journal, limits } = this.#parts
    const batch = new Map<AccountId, Waiting[]>()
    let bodyBytes = 0
    let taken = 0
    for (const waiting of this.#waiting) {
      const { account } = waiting.append
      const together = bodyBytes + waiting.append.bodyBytes
      if (taken > 0 && (together > limits.groupBytes || !journal.fits(together))) break
      const sameAccount = batch.get(account)
      if (sameAccount === undefined) batch.set(account, [waiting])
      else sameAccount.push(waiting)
      bodyBytes = together
      taken++
    }
    this.#waiting = this.#waiting.slice(taken)
    this.#waitingBytes -= bodyBytes
    return batch
  }

  /** Writes an append's records into the group's buffer from `at` on. */
  #encode(append: PreparedAppend, part: GroupPart, buffer: Buffer, at: number): GroupRecord[] {
    const records: GroupRecord[] = []
    const time = Math.max(this.#parts.clock.now(), part.position.time)
    let seq = part.position.size
    let start = at
    for (const { kind, length, digest, bytes, staged } of append.records) {
      const incoming = bytes === null && staged !== null ? staged.nameForGroup() : null
      const header = {
        kind,
        digestAlgorithm: 'sha256' as const,
        seq: seq as GroupRecord['header']['seq'],
        time,
        payloadLength: length,
        account: append.account,
        digest,
      }
      encodeHeadInto(buffer, start, header, incoming === null ? 'present' : 'incoming')
      let end = start + HEAD_BYTES
      if (bytes !== null) {
        buffer.set(bytes, end)
        end += length
      } else {
        end += buffer.write(incoming ?? '', end, INCOMING_NAME_BYTES, 'hex')
      }
      records.push({ header, start, end, incoming })
      start = end
      seq++
    }
    return records
  }

  #acknowledge({ group, appends }: Assembled): void {
    for (const part of group.parts) part.commit(group.bytes)
    this.#parts.settler.add(group)
    this.#buffer = this.#buffer === 0 ? 1 : 0
    for (const { waiting, records } of appends) {
      const header = records[0]?.header
      if (header !== undefined) waiting.resolve({ firstSeq: header.seq, time: header.time, records })
    }
    for (const part of group.parts) this.#parts.committed(part)
  }

  #refuse({ group, appends }: Assembled, error: unknown): void {
    for (const part of group.parts) part.release()
    for (const { waiting } of appends) waiting.reject(refusalOf(error))
  }

  #refuseWaiting(refusal: LedgerRefusedError): void {
    const refused = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const waiting of refused) waiting.reject(refusal)
  }
}
