// The ledger process's side of its thread: parity to be encoded, and portions of the scrub to be read, one after the other.

import { assert } from '#base/assert.ts'
import type { ScrubStep, ScrubTask } from '#ledger/scrub-items.ts'
import type { ParityTask, WrittenParity } from '#ledger/write-parity.ts'
import { DiskError } from '#platform/disk.ts'
import { entryUrl } from '#platform/program.ts'
import { TaskFailedError, WorkerThread } from '#platform/worker.ts'

export type UpkeepTask =
  | { readonly kind: 'parity'; readonly task: ParityTask }
  | { readonly kind: 'scrub'; readonly task: ScrubTask }
export type UpkeepResult =
  | { readonly kind: 'parity'; readonly written: WrittenParity }
  | { readonly kind: 'scrub'; readonly step: ScrubStep }

export class UpkeepThread {
  readonly #thread: WorkerThread<UpkeepTask, UpkeepResult>
  #last: Promise<unknown> = Promise.resolve()

  /** No other thread can be started afterwards. `ended` is told if it ends by itself. */
  constructor(ended: (error: unknown) => void) {
    this.#thread = new WorkerThread(entryUrl('src/processes/upkeep-worker.ts'), ended)
  }

  /** Null from when there is no such thread any more. Throws DiskError. */
  encode(task: ParityTask): Promise<WrittenParity> | null {
    const result = this.#do({ kind: 'parity', task })
    if (result === null) return null
    return result.then((done) => {
      assert(done.kind === 'parity', 'a task has its own result')
      return done.written
    })
  }

  /** The same for `ScrubReader.do`. */
  read(task: ScrubTask): Promise<ScrubStep> | null {
    const result = this.#do({ kind: 'scrub', task })
    if (result === null) return null
    return result.then((done) => {
      assert(done.kind === 'scrub', 'a task has its own result')
      return done.step
    })
  }

  #do(task: UpkeepTask): Promise<UpkeepResult> | null {
    if (!this.#thread.isRunning) return null
    const result = this.#last
      .then(() => this.#thread.do(task))
      .catch((cause: unknown) => {
        throw cause instanceof TaskFailedError ? new DiskError(cause.code, { cause }) : cause
      })
    this.#last = result.catch(() => undefined)
    return result
  }
}
