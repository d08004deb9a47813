// What a client of the ledger is told of one account's log: every record, in order, when it can be read. Of what it appended itself it has heard:
// that waits a little for other news, so that a client who appends again and again is not woken twice for each.

import type { CommittedRecord } from '#ledger/group.ts'
import type { Clock, Timer } from '#platform/clock.ts'

/** Who needs one of its own records sooner asks whether it is settled. */
const OWN_DELAY_MS = 25

export class LogNews {
  readonly #clock: Clock
  readonly #tell: (records: readonly CommittedRecord[]) => void
  /** Committed, and not told. */
  #waiting: CommittedRecord[] = []
  /** Of those, the client's own. */
  readonly #own = new Set<number>()
  /** Records before this one can be read. */
  #settled = 0
  #timer: Timer | null = null

  constructor(clock: Clock, tell: (records: readonly CommittedRecord[]) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  committed(records: readonly CommittedRecord[]): void {
    this.#waiting.push(...records)
  }

  /** The client has been answered that it appended these. */
  appended(firstSeq: number, count: number): void {
    for (let seq = firstSeq; seq < firstSeq + count; seq++) this.#own.add(seq)
  }

  settled(size: number): void {
    this.#settled = size
    const news = this.#waiting.some(({ header }) => header.seq < size && !this.#own.has(header.seq))
    if (news) this.#flush()
    else this.#timer ??= this.#clock.after(OWN_DELAY_MS, () => this.#flush())
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #flush(): void {
    this.#timer?.cancel()
    this.#timer = null
    const readable = this.#waiting.filter(({ header }) => header.seq < this.#settled)
    this.#waiting = this.#waiting.slice(readable.length)
    for (const { header } of readable) this.#own.delete(header.seq)
    if (readable.length > 0) this.#tell(readable)
  }
}
