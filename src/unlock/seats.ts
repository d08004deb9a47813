// Those who came in by one password and belong together, as the requests and streams of one session of a browser. They end with the password; but the session in
// which its owner changes the password goes on with the new one, all of it.

import type { Admission } from './admission.ts'
import type { EndReason } from './end-reason.ts'

interface Seat {
  readonly end: (reason: EndReason) => void
  membership: Disposable | null
}

export class Seats {
  readonly #seats = new Set<Seat>()
  #admission: Admission

  constructor(admission: Admission) {
    this.#admission = admission
  }

  get admission(): Admission {
    return this.#admission
  }

  /** As `Admission.join`. */
  join(end: (reason: EndReason) => void): Disposable {
    const seat: Seat = { end, membership: null }
    this.#seats.add(seat)
    this.#sit(seat)
    return { [Symbol.dispose]: () => this.#leave(seat) }
  }

  /** To the password that takes the place of theirs, which has not ended yet. */
  moveTo(admission: Admission): void {
    this.#admission = admission
    for (const seat of this.#seats) {
      seat.membership?.[Symbol.dispose]()
      this.#sit(seat)
    }
  }

  #sit(seat: Seat): void {
    seat.membership = this.#admission.join((reason) => {
      this.#seats.delete(seat)
      seat.end(reason)
    })
  }

  #leave(seat: Seat): void {
    this.#seats.delete(seat)
    seat.membership?.[Symbol.dispose]()
  }
}
