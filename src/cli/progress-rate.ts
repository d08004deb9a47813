// How fast long work of a command is, and how long it takes still: from where its phase began.

import type { DisplayedProgress } from './progress-display.ts'

const MEASURED_MS = 1_000

export class ProgressRate {
  readonly #monotonic: () => number
  #from: { readonly what: string; readonly done: number; readonly ms: number } | null = null

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic
  }

  of(progress: Pick<DisplayedProgress, 'what' | 'unit' | 'done' | 'total'>): DisplayedProgress {
    const { what, done, total } = progress
    const ms = this.#monotonic()
    if (this.#from?.what !== what) this.#from = { what, done, ms }
    const elapsedMs = ms - this.#from.ms
    const made = done - this.#from.done
    if (elapsedMs < MEASURED_MS || made <= 0) return { ...progress, perSecond: null, secondsLeft: null }
    const perSecond = (made * 1_000) / elapsedMs
    return { ...progress, perSecond, secondsLeft: (total - done) / perSecond }
  }
}
