// The queue as its scrub sees it: what there is to read, and what becomes of what is damaged.

import type { Disk } from '#platform/disk.ts'
import { DiskError } from '#platform/disk.ts'
import { type DeviceReads, deviceDisk } from '#ledger/device-disk.ts'
import type { SmallReading, SmallScrubParts } from '#ledger/small-scrub.ts'
import type { QueueCommitter } from './queue-committer.ts'
import { largePath } from './queue-content.ts'
import type { ExaminedFile, QueueLog } from './queue-log.ts'
import { inTurns, isWholeContent, isWholeFile, rewriteFile } from './queue-scrub.ts'
import type { QueueState } from './queue-state.ts'

export interface QueueExaminationParts {
  readonly disk: Disk
  /** Of the queue. */
  readonly directory: string
  /** 32 bytes. */
  readonly key: Uint8Array
  readonly log: QueueLog
  readonly state: QueueState
  readonly committer: QueueCommitter
}

type Turn = Parameters<SmallScrubParts['read']>[1]

export class QueueExamination {
  readonly #parts: QueueExaminationParts

  constructor(parts: QueueExaminationParts) {
    this.#parts = parts
  }

  /** Of everything that is read. */
  get bytes(): number {
    const { log, state } = this.#parts
    let bytes = log.examined.reduce((sum, { log: { end } }) => sum + end, 0)
    for (const { content } of state.messages()) if (content.kind === 'large') bytes += content.sealedBytes
    return bytes
  }

  /** Null if it was left. Throws DiskError and SyncError. */
  async read(turn: Turn): Promise<SmallReading | null> {
    const { log, state, disk, directory } = this.#parts
    const reads: DeviceReads = { bytes: 0, isDirect: true }
    let outcome: SmallReading['outcome'] = 'whole'
    for (const examined of log.examined) {
      const whole = await inTurns(isWholeFile(deviceDisk(disk, reads), examined, this.#parts.key), reads, turn)
      if (whole === null) return null
      if (!whole.value && (await this.#repair(examined)) && outcome === 'whole') outcome = 'repaired'
    }
    const large = [...state.messages()].flatMap(({ message, content }) =>
      content.kind === 'large' ? [{ id: message.id, ...content }] : [],
    )
    for (const { id, key, sealedBytes } of large) {
      const path = largePath(directory, id)
      const whole = await inTurns(isWholeContent(deviceDisk(disk, reads), path, key, sealedBytes), reads, turn)
      if (whole === null) return null
      // Whoever attempts it says so to its sender; it may also have gone meanwhile.
      if (!whole.value && state.get(id) !== null) outcome = 'unrepairable'
    }
    return { outcome, isChecked: true }
  }

  /** False if it was the reading that was wrong: the file has gone, or is whole. */
  async #repair(examined: ExaminedFile): Promise<boolean> {
    const { disk, log, committer } = this.#parts
    const isThere = (): boolean => log.examined.some(({ path }) => path === examined.path)
    const device = (): Promise<boolean> => this.#isWhole(deviceDisk(disk), examined)
    if (!isThere() || (await device())) return false
    try {
      if (await this.#isWhole(disk, examined)) await rewriteFile(disk, examined)
      if (await device()) return true
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
    }
    // What the queue has of it in memory is written to another file.
    log.distrust(examined.log.number)
    committer.poke()
    return isThere()
  }

  async #isWhole(disk: Disk, examined: ExaminedFile): Promise<boolean> {
    const done = await inTurns(isWholeFile(disk, examined, this.#parts.key), { bytes: 0, isDirect: true }, () =>
      Promise.resolve(true),
    )
    return done?.value === true
  }
}
