// Long work in slices: between two of them every other session of the process has its turn.

import type { SessionHost } from './session-host.ts'
import type { Steps } from './steps.ts'

const SLICE_MS = 10

export type TimeSliceHost = Pick<SessionHost, 'pause' | 'monotonic'>

export class TimeSlice {
  readonly #host: TimeSliceHost
  readonly #sliceMs: number
  #ends: number

  constructor(host: TimeSliceHost, sliceMs = SLICE_MS) {
    this.#host = host
    this.#sliceMs = sliceMs
    this.#ends = host.monotonic() + sliceMs
  }

  get isOver(): boolean {
    return this.#host.monotonic() >= this.#ends
  }

  /** All of the work, in as many slices as it needs. */
  async run<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      if (this.isOver) await this.next()
    }
  }

  async next(): Promise<void> {
    await this.#host.pause()
    this.#ends = this.#host.monotonic() + this.#sliceMs
  }
}
