// What happens behind the commits, in time: checkpoints are stored, and the files that a journal file's records went to become
// durable, so that it can be cut.

import { type Clock, type Timer, yieldToEventLoop } from '#platform/clock.ts'
import type { CheckpointWriter } from './checkpoint-writer.ts'
import { type DirtyTracker, syncDirtyFiles } from './dirty-files.ts'
import type { OpenContext } from './open-context.ts'
import type { Settler } from './settler.ts'
import type { Stall } from './stall.ts'

/** Signatures between two chances for other work: about a millisecond. */
const SIGNATURES_PER_TURN = 16

export interface RetirementParts {
  readonly clock: Clock
  readonly context: OpenContext
  readonly dirty: DirtyTracker
  readonly settler: Settler
  readonly checkpoints: CheckpointWriter
  readonly stall: Stall
  readonly checkpointDelayMs: number
  halt(cause: unknown): void
}

export class Retirement {
  readonly #parts: RetirementParts
  #timer: Timer | null = null

  constructor(parts: RetirementParts) {
    this.#parts = parts
  }

  /** Something settled: its checkpoint will be stored. */
  schedule(): void {
    this.#timer ??= this.#parts.clock.after(this.#parts.checkpointDelayMs, () => {
      this.#timer = null
      this.#storeCheckpoints().catch((cause: unknown) => this.#parts.halt(cause))
    })
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  /**
   * Begins at once with everything acknowledged so far, which must be settled. When it resolves, all of that is durable without the
   * journal, and so are its checkpoints. Throws DurabilityError.
   */
  async retire(besideCommits = true): Promise<void> {
    const { dirty, context } = this.#parts
    dirty.retire()
    await this.#storeCheckpoints()
    await syncDirtyFiles(context.disk, context.files, dirty.closeRetiring(), besideCommits)
  }

  async #storeCheckpoints(): Promise<void> {
    const { checkpoints, settler, stall } = this.#parts
    let count = 0
    for (const state of checkpoints.due) {
      if (++count % SIGNATURES_PER_TURN === 0) await yieldToEventLoop()
      await stall.until(() => {
        settler.settle()
        checkpoints.store(state)
      })
    }
  }
}
