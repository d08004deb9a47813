// Reading one item of a scrub in small portions: at the pace that it is given, and after whoever else wants the disk, as long as it may wait.

import { type Clock, type Timer, yieldToEventLoop } from '#platform/clock.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import type { ScrubFindings, ScrubItem, ScrubStep, ScrubTask } from './scrub-items.ts'
import type { Pace } from './scrub-pace.ts'
import { ScrubReader } from './scrub-reader.ts'

export interface ScrubReadingParts {
  readonly disk: Disk
  readonly clock: Clock
  /** The ledger's. */
  readonly directory: string
  readonly publicKey: Uint8Array
  /** As `ScrubReader.do`, elsewhere; if that is not given, or returns null, it is read here, between other work. */
  readonly read?: ((task: ScrubTask) => Promise<ScrubStep> | null) | undefined
  /** Somebody waits for the disk, or did a moment ago. */
  isBusy(): boolean
  /** Asked before each portion. */
  pace(): Pace
  /** Told each portion. */
  portion(step: ScrubStep): void
}

const TASK_BYTES = 1024 * 1024
const WAIT_MS = 250

export class ScrubReading {
  readonly #parts: ScrubReadingParts
  #local: ScrubReader | null = null
  /** The item was begun here. */
  #isLocal = false
  #isWaiting = false
  #isStopped = false
  #wake: (() => void) | null = null

  constructor(parts: ScrubReadingParts) {
    this.#parts = parts
  }

  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** Null if `mayGoOn` says so before its end. Throws DiskError. */
  async item(item: ScrubItem, mayGoOn: () => boolean): Promise<ScrubFindings | null> {
    const { directory, publicKey, clock } = this.#parts
    let next: ScrubItem | null = item
    while (await this.turn(mayGoOn)) {
      const began = clock.monotonic()
      const step = await this.#do({ directory, publicKey, item: next, bytes: TASK_BYTES })
      const tookMs = clock.monotonic() - began
      next = null
      this.#parts.portion(step)
      if (step.findings !== null) return step.findings
      await this.#rest(step.bytes, tookMs)
    }
    return null
  }

  /** Waits for others, as long as that may be. False if `mayGoOn` says so. */
  async turn(mayGoOn: () => boolean): Promise<boolean> {
    const { clock } = this.#parts
    const began = clock.monotonic()
    for (;;) {
      if (this.#isStopped || !mayGoOn()) return false
      const waitMs = this.#parts.pace().waitMs
      if (clock.monotonic() - began >= waitMs || !this.#parts.isBusy()) break
      this.#isWaiting = true
      await this.sleep(Math.min(WAIT_MS, waitMs))
    }
    this.#isWaiting = false
    return true
  }

  /** Whoever sleeps wakes, now and from now on. */
  stop(): void {
    this.#isStopped = true
    this.wake()
    this.#local?.stop()
  }

  wake(): void {
    this.#wake?.()
  }

  /** Until then, or until somebody wakes it. One at a time. */
  sleep(milliseconds: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    return new Promise((resolve) => {
      let timer: Timer | null = null
      const end = (): void => {
        timer?.cancel()
        this.#wake = null
        resolve()
      }
      this.#wake = end
      timer = this.#parts.clock.after(milliseconds, end)
    })
  }

  #do(task: ScrubTask): Promise<ScrubStep> {
    const isBegun = task.item === null
    const elsewhere = isBegun && this.#isLocal ? null : (this.#parts.read?.(task) ?? null)
    if (elsewhere !== null) {
      this.#isLocal = false
      return elsewhere
    }
    // What was begun elsewhere has gone with whoever read there.
    if (isBegun && !this.#isLocal) return Promise.reject(new DiskError('EAGAIN'))
    this.#isLocal = true
    const { disk, clock } = this.#parts
    const local = (this.#local ??= new ScrubReader(disk, () => clock.monotonic()))
    return yieldToEventLoop().then(() => local.do(task))
  }

  /** A device that others use takes longer, and is then left to them for as long. */
  async #rest(bytes: number, tookMs: number): Promise<void> {
    const { bytesPerSecond, waitMs } = this.#parts.pace()
    const paceMs = (bytes / bytesPerSecond) * 1000 - tookMs
    const restMs = Math.max(paceMs, waitMs > WAIT_MS ? tookMs : 0)
    if (restMs >= 1) await this.sleep(restMs)
  }
}
