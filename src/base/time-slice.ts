// Long work in slices: between two of them every other session of the process has its turn.

import type { SessionHost } from './session-host.ts'

const SLICE_MS = 10

export class TimeSlice {
  readonly #host: Pick<SessionHost, 'pause' | 'monotonic'>
  #ends: number

  constructor(host: Pick<SessionHost, 'pause' | 'monotonic'>) {
    this.#host = host
    this.#ends = host.monotonic() + SLICE_MS
  }

  get isOver(): boolean {
    return this.#host.monotonic() >= this.#ends
  }

  async next(): Promise<void> {
    await this.#host.pause()
    this.#ends = this.#host.monotonic() + SLICE_MS
  }
}
