// Sees to it that every closed segment has parity: when one is closed, and for those that were closed before, or while the ledger was down, which is seen
// from the names alone. One segment at a time. Where the disk refuses, it is tried again later.

import type { AccountId, Seq } from '#base/ids.ts'
import { type Clock, type Timer, yieldToEventLoop } from '#platform/clock.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import { appendDamage } from './damage-log.ts'
import { accountPaths, listAccounts, listParity, listSegments, segmentPath } from './paths.ts'
import { rangesOf, recordsOf } from './segment-damage.ts'
import type { ParityTask, WrittenParity } from './write-parity.ts'

export interface ParityKeeperParts {
  readonly disk: Disk
  readonly clock: Clock
  /** The ledger's. */
  readonly directory: string
  readonly percent: number
  /** As `writeParity`. */
  encode(task: ParityTask): Promise<WrittenParity>
  /** Records before this one are in segments for good. */
  settledSize(account: AccountId): number
  /** Told each directory in which a name changed. */
  touchedDirectory(path: string): void
  /** The disk refused. */
  failed(error: unknown): void
}

/** After a start, others come first. */
const SWEEP_AFTER_MS = 5_000
const RETRY_AFTER_MS = 60_000

export class ParityKeeper {
  readonly #parts: ParityKeeperParts
  readonly #waiting = new Set<AccountId>()
  #sweep: Iterator<AccountId> | null = null
  #running: Promise<void> | null = null
  #timer: Timer | null
  #stopped = false

  constructor(parts: ParityKeeperParts) {
    this.#parts = parts
    this.#timer = parts.clock.after(SWEEP_AFTER_MS, () => {
      this.#timer = null
      this.#sweep = listAccounts(parts.disk, parts.directory)
      this.#wake()
    })
  }

  /** A segment of the account may have been closed. */
  consider(account: AccountId): void {
    this.#waiting.add(account)
    this.#wake()
  }

  /** Resolves when nothing is being written. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
  }

  #wake(): void {
    if (this.#running !== null || this.#stopped) return
    this.#running = this.#run()
      .catch((error: unknown) => this.#parts.failed(error))
      .finally(() => (this.#running = null))
  }

  async #run(): Promise<void> {
    for (let next = this.#next(); next !== null && !this.#stopped; next = this.#next()) {
      // Also lets whoever closed the segment go on first.
      await yieldToEventLoop()
      try {
        await this.#keep(next)
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        this.#parts.failed(error)
        return this.#tryLater(next)
      }
    }
  }

  #next(): AccountId | null {
    for (const account of this.#waiting) {
      this.#waiting.delete(account)
      return account
    }
    const swept = this.#sweep?.next()
    if (swept?.done === false) return swept.value
    this.#sweep = null
    return null
  }

  #tryLater(account: AccountId): void {
    this.#waiting.add(account)
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(RETRY_AFTER_MS, () => {
      this.#timer = null
      this.#wake()
    })
  }

  async #keep(account: AccountId): Promise<void> {
    const { disk, directory, percent } = this.#parts
    const paths = accountPaths(directory, account)
    const segments = listSegments(disk, paths)
    const parity = new Set<number>(listParity(disk, paths))
    for (const [index, first] of segments.entries()) {
      const next = segments[index + 1]
      if (this.#stopped || next === undefined || next > this.#parts.settledSize(account)) return
      if (parity.has(first)) continue
      const faults = await this.#parts.encode({ directory, account, first, percent })
      this.#parts.touchedDirectory(paths.segments)
      if (faults !== null && faults.length > 0) await this.#tell(account, first, faults)
    }
  }

  /** What was damaged before there was parity. */
  async #tell(account: AccountId, first: Seq, faults: NonNullable<WrittenParity>): Promise<void> {
    const { disk, directory, clock } = this.#parts
    const paths = accountPaths(directory, account)
    await appendDamage(disk, directory, {
      time: new Date(clock.now()).toISOString(),
      account,
      file: segmentPath(paths, first).slice(paths.directory.length + 1),
      action: 'unrepairable',
      bytes: rangesOf(faults),
      records: recordsOf(faults),
    })
  }
}
