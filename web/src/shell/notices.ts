// Short messages at the foot of the page: what was done and how to undo it, or what could not be done.

import { Observable } from '#web/mail/observable.ts'

export interface Notice {
  readonly id: number
  readonly text: string
  readonly isProblem: boolean
  readonly action: NoticeAction | null
}

/** What can be done about it. */
export interface NoticeAction {
  readonly label: string
  readonly run: () => void
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

  say(text: string, action: NoticeAction | null = null): void {
    this.#show({ id: this.#next++, text, isProblem: false, action }, SHOWN_MS)
  }

  /** A problem that something can be done about stays until it is done or dismissed. */
  problem(text: string, action: NoticeAction | null = null): void {
    this.#show({ id: this.#next++, text, isProblem: true, action }, action === null ? PROBLEM_MS : null)
  }

  /** Does what the current notice offers. */
  act(): void {
    const notice = this.#notice
    if (notice === null || notice.action === null) return
    this.close()
    notice.action.run()
  }

  /** Undoes what the current notice offers to undo. */
  undo(): void {
    if (this.#notice?.action?.label === 'Undo') this.act()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#notice = null
    this.changed()
  }

  /** It stays while a pointer or the focus is on it. */
  hold(isHeld: boolean): void {
    clearTimeout(this.#timer)
    const stays = this.#notice === null || (this.#notice.isProblem && this.#notice.action !== null)
    if (!isHeld && !stays) this.#timer = setTimeout(() => this.close(), SHOWN_MS)
  }

  #show(notice: Notice, ms: number | null): void {
    clearTimeout(this.#timer)
    this.#notice = notice
    if (ms !== null) this.#timer = setTimeout(() => this.close(), ms)
    this.changed()
  }
}
