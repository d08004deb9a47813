// Work behind the commits that the disk refuses for now, as when it is full: tried again, once per second and whenever
// somebody wants to append, until the disk takes it.

import type { Clock } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'

const RETRY_MS = 1000

export class StoppedError extends Error {
  override name = 'StoppedError'
}

export class Stall {
  readonly #clock: Clock
  readonly #stalled: () => void
  readonly #errors = new Set<DiskError>()
  readonly #waiting = new Set<() => void>()
  #state: 'retrying' | 'once' | 'stopped' = 'retrying'

  /** `stalled` is called when there is something that the disk refuses. */
  constructor(clock: Clock, stalled: () => void) {
    this.#clock = clock
    this.#stalled = stalled
  }

  /** Why the disk refuses; null if it does not. */
  get error(): DiskError | null {
    for (const error of this.#errors) return error
    return null
  }

  /** Runs the action until it does not throw DiskError. Throws what else it throws, and StoppedError. */
  async until(action: () => void): Promise<void> {
    for (;;) {
      if (this.#state === 'stopped') throw new StoppedError('the ledger stopped')
      try {
        action()
        return
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        if (this.#state !== 'retrying') throw new StoppedError('the ledger stops', { cause: error })
        this.#errors.add(error)
        this.#stalled()
        await this.#pause()
        this.#errors.delete(error)
      }
    }
  }

  /** Lets everything be tried again at once. */
  poke(): void {
    for (const resume of this.#waiting) resume()
    this.#waiting.clear()
  }

  /** From now on everything is tried once more, and then given up. */
  finish(): void {
    if (this.#state === 'retrying') this.#state = 'once'
    this.poke()
  }

  /** Nothing more is tried. */
  stop(): void {
    this.#state = 'stopped'
    this.poke()
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(RETRY_MS, () => {
        this.#waiting.delete(resume)
        resolve()
      })
      const resume = (): void => {
        timer.cancel()
        resolve()
      }
      this.#waiting.add(resume)
    })
  }
}
