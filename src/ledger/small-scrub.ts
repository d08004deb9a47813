// A scrub of what another process than the ledger has for itself: a few files, that are read one after the other at a steady pace. It promises, remembers and tells what the ledger's does (`Scrubber`), by the same file.

import type { AccountId } from '#base/ids.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import { PASS_PART } from './scrub-pace.ts'
import { inOrder } from './scrub-pass.ts'
import { ScrubRecord } from './scrub-record.ts'
import { type ScrubStatus, scrubStatus } from './scrub-status.ts'

/** What is read as one: something of an account, or what is nobody's. */
export type SmallSubject = AccountId | 'own'

export interface SmallReading {
  readonly outcome: 'whole' | 'repaired' | 'unrepairable'
  /** It was not only read, but checked to the last byte. */
  readonly isChecked: boolean
}

export interface SmallScrubParts {
  readonly disk: Disk
  readonly clock: Clock
  /** Where the file `scrub` is. */
  readonly directory: string
  /** Null: only when somebody asks. */
  readonly everyMs: number | null
  /** What there is, and how many bytes. Throws DiskError. */
  subjects(): ReadonlyMap<SmallSubject, number>
  /** `turn` is told how many bytes were read since the turn before, and resolves when to go on; with false if that is not wanted any more. Null if it was left. Throws DiskError. */
  read(
    subject: SmallSubject,
    turn: (bytes: number, isDirect: boolean) => Promise<boolean>,
  ): Promise<SmallReading | null>
  failed(error: unknown): void
}

const START_MS = 60_000
const REST_MS = 600_000
const BYTES_PER_SECOND = 4 * 1024 * 1024
/** Others of this process have their turn, even if somebody waits for the scrub. */
const ASKED_BYTES_PER_SECOND = 64 * 1024 * 1024

export class SmallScrub {
  readonly #parts: SmallScrubParts
  readonly #record: ScrubRecord
  readonly #counts = { repaired: 0, unrepairable: 0 }
  #isAsked = false
  #isStopped = false
  #running: Promise<void> | null = null
  #wake: (() => void) | null = null

  /** Throws DiskError. */
  constructor(parts: SmallScrubParts) {
    this.#parts = parts
    this.#record = new ScrubRecord({ ...parts, isNew: false, failed: (error) => parts.failed(error) })
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => this.#parts.failed(error))
  }

  run(): void {
    this.#isAsked = true
    this.#record.update({ isPaused: false, passEnded: this.#record.now() })
    this.#wake?.()
  }

  setPaused(isPaused: boolean): void {
    this.#record.update({ isPaused })
    this.#record.save()
    this.#wake?.()
  }

  async stop(): Promise<void> {
    const isFirst = !this.#isStopped
    this.#isStopped = true
    this.#wake?.()
    await this.#running
    if (isFirst) await this.#record.close()
  }

  get status(): ScrubStatus {
    const { head, accounts } = this.#record
    const status = scrubStatus(head, accounts.values(), this.#record.now())
    const isReading = status.pass !== null && status.pass.endedMs === null && status.state !== 'paused'
    return { ...status, ...this.#counts, ...(isReading ? { state: 'reading' } : {}) }
  }

  /** It was read, and not checked. */
  isUnchecked(subject: AccountId): boolean {
    return this.#record.accounts.get(subject)?.isRead === false
  }

  /** It was checked by itself. */
  checked(subject: AccountId): void {
    const state = this.#record.accounts.get(subject)
    if (state !== undefined) this.#record.keep(subject, { ...state, isRead: true })
  }

  async #run(): Promise<void> {
    if (!this.#isAsked) await this.#sleep(START_MS)
    while (!this.#isStopped) {
      try {
        if (this.#isDue) await this.#pass()
        this.#record.keepTime()
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        this.#parts.failed(error)
      }
      if (!this.#isAsked || this.#record.head.isPaused) await this.#sleep(REST_MS)
    }
  }

  get #isDue(): boolean {
    const { everyMs } = this.#parts
    const { isPaused, pass, passBegan, passEnded } = this.#record.head
    if (isPaused || this.#isStopped) return false
    if (this.#isAsked) return true
    return everyMs !== null && (pass === 0 || passEnded === 0 || this.#record.now() - passBegan >= everyMs * PASS_PART)
  }

  /** Throws DiskError. */
  async #pass(): Promise<void> {
    const wasAsked = this.#isAsked
    const passBegan = this.#record.now()
    const subjects = this.#parts.subjects()
    const bytesLeft = [...subjects.values()].reduce((sum, bytes) => sum + bytes, 0)
    for (const id of this.#record.accounts.keys()) if (!subjects.has(id)) this.#record.forget(id)
    this.#record.update({ pass: this.#record.head.pass + 1, passBegan, passEnded: 0, bytesDone: 0, bytesLeft })
    const { pass } = this.#record.head
    const known = [...subjects.keys()].filter((id): id is AccountId => id !== 'own')
    const order = inOrder(known.map((id) => [id, this.#record.accounts.get(id) ?? NEVER] as const))
    for (const subject of [...(subjects.has('own') ? ['own' as const] : []), ...order]) {
      if (!(await this.#read(subject, pass))) return
    }
    // What is nobody's was read, or is not there.
    if (!subjects.has('own')) this.#record.update({ ownSince: passBegan })
    this.#record.update({ passEnded: this.#record.now(), bytesLeft: 0 })
    if (wasAsked) this.#isAsked = false
    this.#record.save(true)
  }

  async #read(subject: SmallSubject, pass: number): Promise<boolean> {
    const began = this.#record.now()
    const read = await this.#parts.read(subject, (bytes, isDirect) => this.#turn(bytes, isDirect, pass))
    if (read === null) return false
    const { outcome, isChecked } = read
    if (outcome !== 'whole') this.#counts[outcome]++
    const isDamaged = outcome === 'unrepairable'
    if (subject === 'own') this.#record.update({ ownSince: began })
    else this.#record.keep(subject, { since: began, isRead: isChecked, isDamaged })
    this.#record.save()
    return true
  }

  async #turn(bytes: number, isDirect: boolean, pass: number): Promise<boolean> {
    const { head } = this.#record
    this.#record.update({ bytesDone: head.bytesDone + bytes, bytesLeft: Math.max(0, head.bytesLeft - bytes), isDirect })
    await this.#sleep((bytes / (this.#isAsked ? ASKED_BYTES_PER_SECOND : BYTES_PER_SECOND)) * 1000)
    return (
      !this.#isStopped &&
      !this.#record.head.isPaused &&
      this.#record.head.pass === pass &&
      this.#record.head.passEnded === 0
    )
  }

  #sleep(milliseconds: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    return new Promise((resolve) => {
      let timer: Timer | null = null
      const end = (): void => {
        timer?.cancel()
        this.#wake = null
        resolve()
      }
      this.#wake = end
      timer = this.#parts.clock.after(milliseconds, end)
    })
  }
}

const NEVER = { since: null, isRead: false, isDamaged: false }
