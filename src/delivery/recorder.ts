// Records in the queue what happened, and does not give up while the disk is full: what is not recorded would happen again.

import type { Clock } from '#platform/clock.ts'
import { QueueRefusedError } from './queue-errors.ts'
import type { MessageChange, QueueId } from './queue-message.ts'
import type { Notice, Queue } from './queue.ts'

const AGAIN_MS = 5000

export class Recorder {
  readonly #queue: Pick<Queue, 'change'>
  readonly #clock: Clock
  readonly #report: (error: unknown) => void
  readonly #signal: AbortSignal
  #waiting = 0

  /** `signal` makes it give up. */
  constructor(queue: Pick<Queue, 'change'>, clock: Clock, report: (error: unknown) => void, signal: AbortSignal) {
    this.#queue = queue
    this.#clock = clock
    this.#report = report
    this.#signal = signal
  }

  /** Something could not be recorded yet. */
  get isBehind(): boolean {
    return this.#waiting > 0
  }

  /** Never rejects. `notices` are made anew for each try. */
  async record(id: QueueId, change: MessageChange, notices: () => readonly Notice[]): Promise<void> {
    if (await this.#try(id, change, notices)) return
    this.#waiting++
    do await this.#pause()
    while (!this.#signal.aborted && !(await this.#try(id, change, notices)))
    this.#waiting--
  }

  async #try(id: QueueId, change: MessageChange, notices: () => readonly Notice[]): Promise<boolean> {
    try {
      await this.#queue.change(id, change, notices())
      return true
    } catch (error) {
      this.#report(error)
      // Another try would end the same way.
      return !(error instanceof QueueRefusedError)
    }
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => resolve()
    const timer = this.#clock.after(AGAIN_MS, wake)
    this.#signal.addEventListener('abort', wake)
    if (this.#signal.aborted) wake()
    await promise
    timer.cancel()
    this.#signal.removeEventListener('abort', wake)
  }
}
