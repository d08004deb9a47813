// What a scrub knows of itself, in memory and in its file: how old the oldest byte is, which accounts were read, where it is. Saved as it goes on, and now and then while it does not.

import type { AccountId } from '#base/ids.ts'
import type { Clock } from '#platform/clock.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import { ScrubClock } from './scrub-clock.ts'
import { NEVER_SCRUBBED, ScrubFile, type ScrubHead, type ScrubbedAccount, readScrub } from './scrub-progress.ts'

export interface ScrubRecordParts {
  readonly disk: Disk
  readonly clock: Clock
  /** Where the file is. */
  readonly directory: string
  readonly everyMs: number | null
  /** There is nothing that is older than this moment. */
  readonly isNew: boolean
  failed(error: unknown): void
}

/** What was not saved makes ages look longer after a crash. */
const SAVE_MS = 3_600_000
const SYNC_MS = 60_000

export class ScrubRecord {
  readonly #parts: ScrubRecordParts
  readonly #time: ScrubClock
  readonly #file: ScrubFile
  readonly #accounts: Map<AccountId, ScrubbedAccount>
  #head: ScrubHead
  /** The least `since`; undefined when it has to be looked for. */
  #oldest: number | null | undefined
  #savedAt = 0
  #syncedAt = 0
  #syncing: Promise<void> = Promise.resolve()

  /** Throws DiskError. */
  constructor(parts: ScrubRecordParts) {
    this.#parts = parts
    const { disk, directory, clock } = parts
    const everyMs = parts.everyMs ?? 0
    const stored = readScrub(disk, directory)
    const head = stored?.head ?? NEVER_SCRUBBED
    this.#time = new ScrubClock(clock, stored?.head.moment ?? null)
    this.#file = new ScrubFile(disk, directory, stored)
    this.#accounts = new Map(stored?.accounts)
    this.#head = { ...head, everyMs }
    if (stored === null && parts.isNew) this.#head = { ...this.#head, ownSince: this.#time.now() }
    if (!this.#time.isContinued) {
      // After a time of which nobody knows how long it was, it is as if nothing had been read.
      const { isPaused, pass, isDirect } = head
      this.#head = { ...NEVER_SCRUBBED, everyMs, isPaused, isDirect, pass, passEnded: pass > 0 ? this.#time.now() : 0 }
      for (const [id, state] of this.#accounts) this.keep(id, { ...state, since: null })
    }
    this.save()
  }

  get head(): ScrubHead {
    return this.#head
  }

  get accounts(): ReadonlyMap<AccountId, ScrubbedAccount> {
    return this.#accounts
  }

  now(): number {
    return this.#time.now()
  }

  /** Age of the byte that was read, or written, longest ago; null if nobody knows it. */
  get oldestMs(): number | null {
    if (this.#oldest === undefined) {
      let oldest: number | null = this.#head.ownSince === 0 ? null : this.#head.ownSince
      for (const { since } of this.#accounts.values()) {
        oldest = since === null || oldest === null ? null : Math.min(oldest, since)
        if (oldest === null) break
      }
      this.#oldest = oldest
    }
    return this.#oldest === null ? null : Math.max(0, this.now() - this.#oldest)
  }

  /** Not saved yet. */
  update(change: Partial<ScrubHead>): void {
    this.#head = { ...this.#head, ...change }
    this.#oldest = undefined
  }

  keep(id: AccountId, state: ScrubbedAccount): void {
    this.#accounts.set(id, state)
    this.#oldest = undefined
    this.#orTold(() => this.#file.saveAccount(id, state))
  }

  forget(id: AccountId): void {
    this.#accounts.delete(id)
    this.#oldest = undefined
    this.#orTold(() => this.#file.forget(id))
  }

  save(durably = false): void {
    const moment = this.#time.moment()
    this.#head = { ...this.#head, moment }
    this.#savedAt = moment.at
    this.#orTold(() => this.#file.saveHead(this.#head))
    if (!durably || moment.at - this.#syncedAt < SYNC_MS) return
    this.#syncedAt = moment.at
    this.#syncing = this.#sync()
  }

  /** To be called now and then. */
  keepTime(): void {
    if (this.#time.takeJump() || this.now() - this.#savedAt > SAVE_MS) this.save()
  }

  async close(): Promise<void> {
    this.save()
    await this.#syncing
    await this.#sync()
    this.#file.close()
  }

  /** What the disk refuses is written the next time: until then ages look longer after a start. */
  #orTold(save: () => void): void {
    try {
      save()
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#parts.failed(error)
    }
  }

  #sync(): Promise<void> {
    return this.#file.sync().catch((error: unknown) => this.#parts.failed(error))
  }
}
