// What the ledger does for segments that are closed, beside commits: parity for those that have none, and repairs. In slices of the event loop that are
// short beside a commit, where no thread of its own does it.

import type { AccountId, Seq } from '#base/ids.ts'
import { TimeSlice } from '#base/time-slice.ts'
import { type Clock, yieldToEventLoop } from '#platform/clock.ts'
import type { OpenContext } from './open-context.ts'
import { ParityKeeper } from './parity-keeper.ts'
import { type RepairOutcome, SegmentRepairer } from './segment-repairer.ts'
import { type ParityTask, type StepRunner, type WrittenParity, writeParity } from './write-parity.ts'

const SLICE_MS = 2

export interface ParityOptions {
  /** Of the segment's blocks. */
  readonly percent: number
  /** As `writeParity`, elsewhere; if that is not given, or returns null, the ledger does it itself, between commits. */
  readonly encode?: (task: ParityTask) => Promise<WrittenParity> | null
  /** A parity file could not be written, and will be tried again. */
  readonly failed?: (error: unknown) => void
}

export interface UpkeepParts {
  readonly clock: Clock
  readonly context: OpenContext
  readonly parity: ParityOptions | null
  /** A segment was looked at because it was said to be damaged. */
  examined(account: AccountId, segment: Seq, outcome: RepairOutcome): void
  /** Records of the account before this one are in segments for good. */
  settledSize(account: AccountId): number
}

export class Upkeep {
  readonly #keeper: ParityKeeper | null
  readonly #repairer: SegmentRepairer

  constructor(parts: UpkeepParts) {
    const { clock, context, parity } = parts
    const { disk, files, directory } = context
    const run: StepRunner = async (steps) => {
      const slice = new TimeSlice({ pause: yieldToEventLoop, monotonic: () => clock.monotonic() }, SLICE_MS)
      return slice.run(steps)
    }
    this.#repairer = new SegmentRepairer({ disk, clock, directory, files, run }, (...found) => parts.examined(...found))
    this.#keeper =
      parity === null || parity.percent === 0
        ? null
        : new ParityKeeper({
            disk,
            clock,
            directory,
            settledSize: (account) => parts.settledSize(account),
            percent: parity.percent,
            encode: (task) => parity.encode?.(task) ?? writeParity(disk, task, run),
            failed: parity.failed ?? (() => undefined),
          })
  }

  /** The account's log is used, perhaps for the first time since long. */
  opened(account: AccountId): void {
    this.#keeper?.consider(account)
  }

  closedSegment(account: AccountId): void {
    this.#keeper?.consider(account)
  }

  repair(account: AccountId, segment: Seq): Promise<RepairOutcome> {
    return this.#repairer.repair(account, segment)
  }

  /** Resolves when no file is being written. */
  async stop(): Promise<void> {
    await Promise.all([this.#keeper?.stop(), this.#repairer.stop()])
  }
}
