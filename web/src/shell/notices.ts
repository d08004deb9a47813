// Short messages at the foot of the page: what was done and how to undo it, or what could not be done.

import { Observable } from '#web/mail/observable.ts'

export interface Notice {
  readonly id: number
  readonly text: string
  readonly isProblem: boolean
  readonly undo: (() => void) | null
}

const SHOWN_MS = 7000
const PROBLEM_MS = 12_000

export class Notices extends Observable {
  #notice: Notice | null = null
  #next = 1
  #timer: ReturnType<typeof setTimeout> | undefined

  get current(): Notice | null {
    return this.#notice
  }

  say(text: string, undo: (() => void) | null = null): void {
    this.#show({ id: this.#next++, text, isProblem: false, undo }, SHOWN_MS)
  }

  problem(text: string): void {
    this.#show({ id: this.#next++, text, isProblem: true, undo: null }, PROBLEM_MS)
  }

  /** Undoes what the current notice offers to undo. */
  undo(): void {
    const notice = this.#notice
    if (notice === null || notice.undo === null) return
    this.close()
    notice.undo()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#notice = null
    this.changed()
  }

  /** It stays while a pointer or the focus is on it. */
  hold(isHeld: boolean): void {
    clearTimeout(this.#timer)
    if (!isHeld && this.#notice !== null) this.#timer = setTimeout(() => this.close(), SHOWN_MS)
  }

  #show(notice: Notice, ms: number): void {
    clearTimeout(this.#timer)
    this.#notice = notice
    this.#timer = setTimeout(() => this.close(), ms)
    this.changed()
  }
}
