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
  /** Sequence numbers that no message has are not the client's mistake. */
  readonly passesOverMissing: boolean
  readonly count: number
  /** In the client's list. */
  readonly positions: Int32Array
  readonly uids: Uint32Array
  readonly emails: Uint32Array
  readonly flags: Uint32Array
  readonly modseqs: Float64Array
  readonly #slice: TimeSlice
  #dates: Float64Array | null = null
  #sizes: Float64Array | null = null

  constructor(session: Session, selected: SelectedMailbox, passesOverMissing = false) {
    const live = selected.live()
    const told = live === null ? 0 : selected.count
    this.session = session
    this.selected = selected
    this.passesOverMissing = passesOverMissing
    this.positions = new Int32Array(told)
    this.uids = new Uint32Array(told)
    this.emails = new Uint32Array(told)
    this.flags = new Uint32Array(told)
    this.modseqs = new Float64Array(told)
    let count = 0
    for (let position = 0; position < told; position++) {
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

  size(row: number): number {
    this.#sizes ??= this.session.account.sizes(this.emails.subarray(0, this.count))
    return this.#sizes[row] as number
  }

  summary(row: number): Summary | null {
    return this.session.account.summary(this.emails[row] as EmailId)
  }

  /** Lets other sessions have their turn if it is time. Throws SessionEndedError. */
  async pause(): Promise<void> {
    if (!this.#slice.isOver) return
    await this.#slice.next()
    this.session.checkConnected()
  }
}
