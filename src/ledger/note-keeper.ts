// What is noted of each account's releases, brought up to date and kept.

import type { AccountId } from '#base/ids.ts'
import type { LedgerTime } from './ledger-time.ts'
import { type Noted, noteReleases } from './note-releases.ts'
import type { OpenContext } from './open-context.ts'
import { accountPaths } from './paths.ts'
import { type ReleaseNotes, readNotes, writeNotes } from './release-notes.ts'
import type { StepRunner } from './write-parity.ts'

/** So much of a log is looked at again, rather than noting that there was nothing. */
const UNNOTED_MAX = 256

export interface NoteKeeperParts {
  readonly context: OpenContext
  readonly run: StepRunner
  readonly time: LedgerTime
  /** Records before this one are in segments. */
  settledSize(account: AccountId): number
}

export class NoteKeeper {
  readonly #parts: NoteKeeperParts
  #isTimeStored = false

  constructor(parts: NoteKeeperParts) {
    this.#parts = parts
  }

  /** As they are kept; null if there are none. Throws DiskError. */
  read(account: AccountId): ReleaseNotes | null {
    const { disk, directory } = this.#parts.context
    return readNotes(disk, accountPaths(directory, account), account)
  }

  /** With what the log says by now; `known` stays as it is. Throws DiskError. */
  bringUpToDate(account: AccountId, known: ReleaseNotes | null): Promise<Noted> {
    const { context, run, time } = this.#parts
    const settled = this.#parts.settledSize(account)
    return run(noteReleases(context, account, known?.copy() ?? null, settled, time.now()))
  }

  /** Brings the notes up to date, and keeps them. Throws DiskError. */
  async note(account: AccountId, isAlwaysKept: boolean): Promise<Noted> {
    const known = this.read(account)
    const noted = await this.bringUpToDate(account, known)
    const added = noted.notes.size - (known?.size ?? 0)
    const matters = isAlwaysKept || noted.notes.ranges.length > 0
    if (added > UNNOTED_MAX || (added > 0 && matters)) await this.keep(account, noted.notes)
    return noted
  }

  /** Throws DiskError. */
  async keep(account: AccountId, notes: ReleaseNotes): Promise<void> {
    const { disk, directory } = this.#parts.context
    // Before what refers to it.
    if (notes.ranges.length > 0 && !this.#isTimeStored) await this.storeTime()
    await writeNotes(disk, accountPaths(directory, account), account, notes)
  }

  /** Throws DiskError. */
  async storeTime(): Promise<void> {
    await this.#parts.time.store()
    this.#isTimeStored = true
  }
}
