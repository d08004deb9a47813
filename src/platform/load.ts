// Whether the machine, or this process, has something to do besides the one who asks.

import os from 'node:os'

/** Of the time between two looks, so much went into work of this process. */
const BUSY_PART = 0.5

export class LoadMeter {
  #last = performance.eventLoopUtilization()

  /** Forgets what was before. */
  begin(): void {
    this.#last = performance.eventLoopUtilization()
  }

  /** Since `begin`, or the last look: this process was busy for half of the time; or more wait for the machine's processors, on average of a minute, than there are. */
  isBusy(): boolean {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.#last)
    this.#last = now
    return utilization > BUSY_PART || (os.loadavg()[0] ?? 0) > os.availableParallelism()
  }
}
