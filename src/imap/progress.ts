// How far a command is that takes long (RFC 9585): an untagged OK for every ten seconds that nothing else could be said.

import type { ResponseWriter } from '#base/response-writer.ts'
import type { SessionHost } from '#base/session-host.ts'

/** RFC 9585 §4: long enough that clients need no protection from it, short enough that none takes the server for dead. */
const INTERVAL_MS = 10_000

export class Progress {
  readonly #host: Pick<SessionHost, 'monotonic'>
  readonly #out: ResponseWriter
  #tag: string | null = null
  #dueMs = Infinity
  /** As they were told last. */
  #told: { readonly done: number; readonly goal: number } | null = null

  constructor(host: Pick<SessionHost, 'monotonic'>, out: ResponseWriter) {
    this.#host = host
    this.#out = out
  }

  begin(tag: string): void {
    this.#tag = tag
    this.#dueMs = this.#host.monotonic() + INTERVAL_MS
    this.#told = null
  }

  /** The command is over: what is done without one has no tag to tell it by. */
  end(): void {
    this.#dueMs = Infinity
  }

  /** Between replies, never within one. So many of so many are done; null: nobody can tell. */
  tell(done: number | null, goal: number | null): void {
    const now = this.#host.monotonic()
    if (now < this.#dueMs) return
    this.#dueMs = now + INTERVAL_MS
    const known = done !== null && goal !== null && done < goal ? { done, goal } : null
    const before = this.#told
    // RFC 9585 §4: within one command the one does not go back, and the other does not change.
    const isInOrder = before === null || (known?.goal === before.goal && known.done >= before.done)
    if (known !== null && isInOrder) this.#told = known
    const state = known !== null && isInOrder ? `${known.done} ${known.goal}` : 'NIL NIL'
    this.#out.line(`* OK [INPROGRESS ("${this.#tag}" ${state})] Still at it`)
    this.#out.flush()
  }
}
