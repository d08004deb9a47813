// The making of one account's index: how far it is, for all who want to know, and its end.

import { type Progress, fractionOf } from '#account/catch-up.ts'
import type { Clock } from '#platform/clock.ts'

export interface RebuildProgress extends Progress {
  /** Of messages, or of records of the log; null while too little is done to tell. */
  readonly perSecond: number | null
  /** Of the whole; null while too little is done to tell. */
  readonly secondsLeft: number | null
}

/** The process needs the account closed. */
export class IndexWorkStoppedError extends Error {
  override name = 'IndexWorkStoppedError'
}

/** How often those who follow are told. */
const TELL_MS = 200
/** Rates are told after so much time. */
const MEASURED_MS = 1_000

export class IndexWork {
  readonly #clock: Clock
  readonly #isForFollowers: boolean
  readonly #stop = new AbortController()
  readonly #done = Promise.withResolvers<void>()
  readonly #followers = new Set<(progress: RebuildProgress) => void>()
  #progress: RebuildProgress | null = null
  /** Where the phase was when it began here. */
  #from: {
    readonly phase: Progress['phase']
    readonly done: number
    readonly fraction: number
    readonly ms: number
  } | null = null
  #toldMs = Number.NEGATIVE_INFINITY
  #wasRebuilt = false
  /** Somebody has waited long for it. */
  isLong = false

  /** `isForFollowers`: it stops when nobody follows it any more. */
  constructor(clock: Clock, isForFollowers = false) {
    this.#clock = clock
    this.#isForFollowers = isForFollowers
    this.#done.promise.catch(() => undefined)
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Null before anything was told, and when nothing is left to do. */
  get progress(): RebuildProgress | null {
    return this.#progress !== null && fractionOf(this.#progress) < 1 ? this.#progress : null
  }

  /** Resolves when it has ended, whatever came of it. */
  get over(): Promise<void> {
    return this.#done.promise.catch(() => undefined)
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work()
      this.#done.resolve()
      return result
    } catch (error) {
      this.#done.reject(error)
      throw error
    }
  }

  tell(progress: Progress): void {
    const now = this.#clock.monotonic()
    const { phase, done } = progress
    const fraction = fractionOf(progress)
    if (this.#from?.phase !== phase) this.#from = { phase, done, fraction, ms: now }
    const { done: doneBefore, fraction: before, ms } = this.#from
    const seconds = (now - ms) / 1_000
    const isMeasured = now - ms >= MEASURED_MS && fraction > before
    this.#progress = {
      ...progress,
      perSecond: isMeasured ? (done - doneBefore) / seconds : null,
      secondsLeft: isMeasured ? ((1 - fraction) * seconds) / (fraction - before) : null,
    }
    if (now - this.#toldMs < TELL_MS && done < progress.total) return
    this.#toldMs = now
    for (const told of this.#followers) told(this.#progress)
  }

  /** What was made is an index from the first record on. */
  rebuilt(): void {
    this.#wasRebuilt = true
  }

  stop(): void {
    this.#stop.abort(new IndexWorkStoppedError('the account is being closed'))
  }

  /** Resolves when it has ended: whether an index was made again. Throws why it failed, or the signal's reason; that ends the following alone. */
  async follow(told: (progress: RebuildProgress) => void, signal: AbortSignal): Promise<boolean> {
    this.#followers.add(told)
    if (this.#progress !== null) told(this.#progress)
    const left = Promise.withResolvers<never>()
    const leave = (): void => left.reject(signal.reason as Error)
    signal.addEventListener('abort', leave)
    try {
      await Promise.race([this.#done.promise, left.promise])
      return this.#wasRebuilt
    } finally {
      signal.removeEventListener('abort', leave)
      this.#followers.delete(told)
      if (this.#isForFollowers && this.#followers.size === 0) this.stop()
    }
  }
}
