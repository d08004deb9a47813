// Group commit: what is to be recorded while the disk is busy becomes one group, one write and one fdatasync of the queue's log.
//
// Invariants: at most one group is in flight. What it says is in the queue's state, and its callers hear of it, when and only when its
// fdatasync has succeeded. After a sync that failed nothing more is taken: nobody knows what the disk holds, and the next start finds out.

import { assert } from '#base/assert.ts'
import { yieldToEventLoop } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'
import { QueueRefusedError, refusalOf } from './queue-errors.ts'
import { type NewQueueRecord, recordBytes, wipeRecords } from './queue-format.ts'
import type { Place, QueueLog } from './queue-log.ts'

export interface Transaction {
  /** All of them in one group. Wiped when they are written. */
  readonly records: readonly NewQueueRecord[]
  /** They are durable, in these places. */
  readonly apply: (places: readonly Place[]) => void
  /** It can be refused to keep room for what cannot. */
  readonly isMessage: boolean
}

interface Waiting {
  readonly transaction: Transaction
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: QueueRefusedError) => void
}

interface CommitterParts {
  readonly log: QueueLog
  readonly groupBytes: number
  readonly waitingBytes: number
  /** Between groups. Resolves with whether there is more to do; throws only what the queue does not survive. */
  readonly maintain: () => Promise<boolean>
  readonly halt: (cause: unknown) => void
}

export class QueueCommitter {
  readonly #parts: CommitterParts
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #busy = false
  #refusal: QueueRefusedError | null = null
  #drained: (() => void)[] = []

  constructor(parts: CommitterParts) {
    this.#parts = parts
  }

  /** Resolves when it is durable and applied. Throws QueueRefusedError. */
  commit(transaction: Transaction): Promise<void> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal)
    const bytes = transaction.records.reduce((sum, record) => sum + recordBytes(record), 0)
    assert(bytes <= this.#parts.log.groupBytesMax, 'a transaction fits into a group')
    if (transaction.isMessage && this.#waitingBytes + bytes > this.#parts.waitingBytes) {
      return Promise.reject(new QueueRefusedError('unavailable'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ transaction, bytes, resolve, reject })
      this.#waitingBytes += bytes
      this.poke()
    })
  }

  /** Has maintenance run soon. */
  poke(): void {
    if (!this.#busy && this.#refusal === null) void this.#run()
  }

  /** Refuses everything from now on. Resolves when no group is in flight. */
  stop(): Promise<void> {
    this.#refusal ??= new QueueRefusedError('unavailable')
    for (const { reject } of this.#take(Infinity)) reject(this.#refusal)
    return this.#busy ? new Promise((resolve) => this.#drained.push(resolve)) : Promise.resolve()
  }

  async #run(): Promise<void> {
    this.#busy = true
    try {
      let untidy: boolean
      do {
        // What is being received at this moment joins the group.
        await yieldToEventLoop()
        await this.#commitNext()
        untidy = this.#refusal === null && (await this.#parts.maintain())
      } while (untidy || this.#waiting.length > 0)
    } catch (error) {
      void this.stop()
      this.#parts.halt(error)
    } finally {
      this.#busy = false
      for (const resolve of this.#drained) resolve()
      this.#drained = []
    }
  }

  async #commitNext(): Promise<void> {
    const group = await this.#withoutRefused(this.#take(this.#parts.groupBytes))
    if (group.length === 0) return
    const records = group.flatMap(({ transaction }) => transaction.records)
    let places: readonly Place[]
    try {
      places = await this.#parts.log.append(records)
    } catch (error) {
      // First, so that whoever is refused finds a queue that has halted.
      if (!(error instanceof DiskError)) this.#parts.halt(error)
      for (const { reject } of group) reject(refusalOf(error))
      if (error instanceof DiskError) return
      throw error
    } finally {
      wipeRecords(records)
    }
    let first = 0
    for (const { transaction, resolve } of group) {
      const next = first + transaction.records.length
      transaction.apply(places.slice(first, next))
      first = next
      resolve()
    }
  }

  /** Messages are taken only while there is room for what becomes of those that are there. */
  async #withoutRefused(group: readonly Waiting[]): Promise<readonly Waiting[]> {
    const { log } = this.#parts
    if (log.hasReserve || !group.some(({ transaction }) => transaction.isMessage)) return group
    try {
      await log.makeSpare()
      return group
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      for (const { transaction, reject } of group) if (transaction.isMessage) reject(refusalOf(error))
      return group.filter(({ transaction }) => !transaction.isMessage)
    }
  }

  #take(bytesMax: number): Waiting[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.#waiting) {
      if (count > 0 && bytes + waiting.bytes > bytesMax) break
      bytes += waiting.bytes
      count++
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }
}
