// What takes longer than a moment, and how far it has come. Whoever leaves the page before its end is asked first.

import { Observable } from './observable.ts'

export interface Job {
  readonly id: number
  readonly label: string
  readonly done: number
  /** 0 as long as it is not known. */
  readonly total: number
}

export interface Progress {
  readonly signal: AbortSignal
  /** What of how much is done. */
  readonly at: (done: number, total: number) => void
}

export class Jobs extends Observable {
  readonly #jobs = new Map<number, Job>()
  readonly #aborts = new Map<number, AbortController>()
  #next = 1

  get all(): readonly Job[] {
    return [...this.#jobs.values()]
  }

  async run<T>(label: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    const id = this.#next++
    const abort = new AbortController()
    this.#aborts.set(id, abort)
    this.#set({ id, label, done: 0, total: 0 })
    if (this.#jobs.size === 1) addEventListener('beforeunload', holdBack)
    try {
      return await work({ signal: abort.signal, at: (done, total) => this.#set({ id, label, done, total }) })
    } finally {
      this.#jobs.delete(id)
      this.#aborts.delete(id)
      if (this.#jobs.size === 0) removeEventListener('beforeunload', holdBack)
      this.changed()
    }
  }

  #set(job: Job): void {
    this.#jobs.set(job.id, job)
    this.changed()
  }

  /** After the portion that is under way. */
  stop(id: number): void {
    this.#aborts.get(id)?.abort()
  }

  stopAll(): void {
    for (const abort of this.#aborts.values()) abort.abort()
  }
}

function holdBack(event: BeforeUnloadEvent): void {
  event.preventDefault()
}
