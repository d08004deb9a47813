// Opening a password slot takes a fifth of a second and 64 MiB: a few at a time, and not more than so many that wait.

/** Too many logins wait already, or the process ends: try again later. */
export class BusyError extends Error {
  override name = 'BusyError'
}

export class ArgonQueue {
  readonly #concurrency: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(concurrency: number, waitingMax: number) {
    this.#concurrency = concurrency
    this.#waitingMax = waitingMax
  }

  /** Throws BusyError. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrency) {
      if (this.#waiting.length >= this.#waitingMax) throw new BusyError('too many logins at a time')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await work()
    } finally {
      // Who waits takes the place over.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
