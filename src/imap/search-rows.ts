// What a search looks at: the messages that the client knows and that are still there, with their columns as they were when it began.

import type { EmailId } from '#base/ids.ts'
import type { Summary } from '#account/account.ts'
import type { Mask } from './search-node.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import type { Session } from './session.ts'
import { TimeSlice } from '#base/time-slice.ts'

export class SearchRows {
  readonly session: Session
  readonly selected: SelectedMailbox
  readonly count: number
  /** In the client's list. */
  readonly positions: Int32Array
  readonly uids: Uint32Array
  readonly emails: Uint32Array
  readonly flags: Uint32Array
  readonly modseqs: Float64Array
  readonly #slice: TimeSlice
  #dates: Float64Array | null = null
  #saved: Float64Array | null = null
  #sizes: Float64Array | null = null
  #threads: Uint32Array | null = null

  /** `only`: of messages at these positions of the client's list, increasing. */
  constructor(session: Session, selected: SelectedMailbox, only: ArrayLike<number> | null = null) {
    const live = selected.live()
    const told = live === null ? 0 : (only?.length ?? selected.count)
    this.session = session
    this.selected = selected
    this.positions = new Int32Array(told)
    this.uids = new Uint32Array(told)
    this.emails = new Uint32Array(told)
    this.flags = new Uint32Array(told)
    this.modseqs = new Float64Array(told)
    let count = 0
    for (let index = 0; index < told; index++) {
      const position = only === null ? index : (only[index] as number)
      const at = live === null ? -1 : selected.livePosition(live, position)
      if (live === null || at < 0) continue
      this.positions[count] = position
      this.uids[count] = live.uids[at] as number
      this.emails[count] = live.emails[at] as number
      this.flags[count] = live.flags[at] as number
      this.modseqs[count] = live.modseqs[at] as number
      count++
    }
    this.count = count
    this.#slice = new TimeSlice(session.host)
  }

  all(): Mask {
    return new Uint8Array(this.count).fill(1)
  }

  /** Milliseconds since the Unix epoch. */
  internalDate(row: number): number {
    this.#dates ??= this.session.account.internalDates(this.emails.subarray(0, this.count))
    return this.#dates[row] as number
  }

  /** When it came into the mailbox, in milliseconds since the Unix epoch. */
  savedAt(row: number): number {
    this.#saved ??= this.session.account.savedAt(this.selected.id, this.uids.subarray(0, this.count))
    return this.#saved[row] as number
  }

  size(row: number): number {
    this.#sizes ??= this.session.account.sizes(this.emails.subarray(0, this.count))
    return this.#sizes[row] as number
  }

  thread(row: number): number {
    this.#threads ??= this.session.account.threads(this.emails.subarray(0, this.count))
    return this.#threads[row] as number
  }

  summary(row: number): Summary | null {
    return this.session.account.summary(this.emails[row] as EmailId)
  }

  /** Lets other sessions have their turn if it is time. `row`: of the first that was not looked at. Throws SessionEndedError. */
  async pause(row: number | null = null): Promise<void> {
    if (!this.#slice.isOver) return
    this.session.progress.tell(row, row === null ? null : this.count)
    await this.#slice.next()
    this.session.checkConnected()
  }
}
