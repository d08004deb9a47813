// Rehearsals of restoring, for all accounts of a vault: one at a time, of an account that is open, when it is due, and when there is nothing better to do; or when
// somebody asks. An account is not kept unlocked for it: what was done is kept, and it goes on when the account is unlocked the next time.

import type { AccountId, Seq } from '#base/ids.ts'
import { CommitInDoubtError, CommitRefusedError } from '#account/account.ts'
import { IndexDamagedError } from '#account/index-database.ts'
import { removeIndex } from '#account/index-file.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { rehearsalIndexPath, rehearsalPath } from '#account/rehearsal/paths.ts'
import {
  type RehearsalNotes,
  type RehearsalProgress,
  isRehearsalDue,
  readRehearsalNotes,
  writeRehearsalNotes,
} from '#account/rehearsal/rehearsal-file.ts'
import type { RehearsalOutcome, RehearsalTold } from '#account/rehearsal/rehearse-options.ts'
import {
  REHEARSAL_SETTING,
  type Rehearsed,
  type RehearsalResult,
  laterOf,
  rehearsalOperation,
  rehearsedSetting,
  withResult,
} from '#account/rehearsal/result.ts'
import { AccountClosingError } from '#account/rehearsal/running-rehearsals.ts'
import type { RootSecret } from '#keys/root.ts'
import { deviceDisk } from '#ledger/device-disk.ts'
import { LogReader } from '#ledger/reader.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import { BusyError } from './argon-queue.ts'

export interface RehearsalsParts {
  readonly disk: Disk
  readonly clock: Clock
  readonly ledgerDirectory: string
  /** Of the vault's indexes. */
  readonly indexDirectory: string
  /** Null: only when somebody asks. */
  readonly everyMs: number | null
  readonly load: { begin(): void; isBusy(): boolean }
  unlocked(): readonly AccountId[]
  /** Null if it is not unlocked. */
  readonly root: (account: AccountId) => RootSecret | null
  /** Null if it is not open. */
  readonly opened: (account: AccountId) => Promise<OpenAccount | null>
  /** Something of a segment is damaged. */
  readonly damaged: (account: AccountId, segment: Seq | null) => void
  rehearsed(account: AccountId, result: RehearsalResult): void
  failed(account: AccountId, error: unknown): void
  readonly freeBytes?: () => number | null
}

interface Work {
  readonly account: AccountId
  readonly end: AbortController
  isAsked: boolean
  readonly followers: Set<(told: RehearsalTold) => void>
  readonly outcome: Promise<RehearsalOutcome>
}

/** Who has just come wants something else. */
const LOOK_MS = 60_000
/** After an attempt that came to nothing. */
const AGAIN_MS = 6 * 3_600_000
/** It works for one part of the time, and rests for so many. */
const REST_PARTS = 6
const BUSY_MS = 1_000
/** Of the time between two: when one is due for longer than that, nothing else is waited for. */
const PATIENCE_PART = 1 / 3
/** What was begun so long ago says little of today. */
const BEGUN_MS_MAX = 30 * 86_400_000

export class Rehearsals {
  readonly #parts: RehearsalsParts
  #work: Work | null = null
  #timer: Timer | null = null
  #isStopped = false

  constructor(parts: RehearsalsParts) {
    this.#parts = parts
  }

  start(): void {
    this.#timer = this.#parts.clock.after(LOOK_MS, () => {
      void this.#look().finally(() => {
        if (!this.#isStopped) this.start()
      })
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#endWork(new BusyError('the process ends'))
    await this.#work?.outcome.catch(() => undefined)
  }

  /** One from the beginning, now, and at full speed, of an account that is open. `gone` ends it. Throws BusyError, and as `OpenAccount.rehearse`. */
  async run(account: AccountId, told: (told: RehearsalTold) => void, gone: AbortSignal): Promise<RehearsalOutcome> {
    for (let work = this.#work; work !== null; work = this.#work) {
      if (!work.isAsked) this.#endWork(new BusyError('somebody waits for another'))
      else if (work.account === account) throw new BusyError('somebody has asked for one already')
      await work.outcome.catch(() => undefined)
      gone.throwIfAborted()
    }
    const open = await this.#parts.opened(account)
    if (open === null || this.#isStopped) throw new BusyError('the account is being closed')
    if (this.#work !== null) return this.run(account, told, gone)
    const work = this.#begin(account, open, true)
    work.followers.add(told)
    const leave = (): void => work.end.abort(gone.reason)
    gone.addEventListener('abort', leave)
    try {
      return await work.outcome
    } finally {
      gone.removeEventListener('abort', leave)
    }
  }

  /** What is known of the account's. */
  #notes(account: AccountId): RehearsalNotes {
    const { disk, indexDirectory } = this.#parts
    return readRehearsalNotes(disk, rehearsalPath(indexDirectory, account), account)
  }

  async #look(): Promise<void> {
    const { clock, everyMs, opened } = this.#parts
    for (const account of this.#parts.unlocked()) {
      try {
        const open = await opened(account)
        if (open === null || this.#isStopped) continue
        const notes = await this.#reconcile(account, open)
        const now = clock.now()
        const { hindered } = notes
        const isHindered = hindered !== null && hindered.at <= now && now - hindered.at < AGAIN_MS
        if (this.#work !== null) continue
        if (!isRehearsalDue(notes, everyMs, now)) {
          if (notes.progress !== null) await this.#forgetBegun(account, notes)
          continue
        }
        if (isHindered) continue
        await this.#begin(account, open, false).outcome
      } catch (error) {
        if (!isEnd(error)) this.#parts.failed(account, error)
      }
    }
  }

  /** What the account says of them, and what the file beside its index says, is the same: either may have been lost, or could not be written. */
  async #reconcile(account: AccountId, open: OpenAccount): Promise<RehearsalNotes> {
    const notes = this.#notes(account)
    const setting = rehearsedSetting(open.setting(REHEARSAL_SETTING))
    const known = laterOf(setting, notes)
    const { everyMs } = this.#parts
    const isKept =
      known.last?.ended === notes.last?.ended &&
      known.isAcknowledged === notes.isAcknowledged &&
      known.wholeAt === notes.wholeAt &&
      notes.everyMs === everyMs
    const reconciled = { ...notes, ...known, everyMs }
    if (!isKept) await this.#write(account, reconciled)
    if (known.last !== null && known.last.ended !== setting.last?.ended) await this.#note(open, known)
    return reconciled
  }

  #begin(account: AccountId, open: OpenAccount, isAsked: boolean): Work {
    const end = new AbortController()
    const followers: Work['followers'] = new Set()
    const started = Promise.withResolvers<void>()
    const outcome = started.promise.then(() => this.#rehearse(account, open, work))
    const work: Work = { account, end, isAsked, followers, outcome }
    this.#work = work
    started.resolve()
    outcome.catch(() => undefined)
    return work
  }

  async #rehearse(account: AccountId, open: OpenAccount, work: Work): Promise<RehearsalOutcome> {
    const { disk, clock, ledgerDirectory, indexDirectory, root, damaged, freeBytes } = this.#parts
    const reads = { bytes: 0, isDirect: true }
    using reader = new LogReader(deviceDisk(disk, reads), ledgerDirectory, account, (segment) =>
      damaged(account, segment),
    )
    try {
      const secret = root(account)
      if (secret === null) throw new AccountClosingError('the account is being locked')
      const begun = work.isAsked ? null : this.#begunOf(this.#notes(account))
      const outcome = await open.rehearse({
        root: secret,
        reader,
        isDirect: () => reads.isDirect,
        indexDirectory,
        begun,
        keep: (progress) => this.#keep(account, progress),
        rest: (workedMs, signal) => this.#rest(account, work, workedMs, signal),
        signal: work.end.signal,
        progress: (told) => {
          for (const follower of work.followers) follower(told)
        },
        ...(freeBytes === undefined ? {} : { freeBytes }),
      })
      await this.#ended(account, open, outcome)
      return outcome
    } catch (error) {
      if (!isEnd(error)) {
        // The account fails by itself where its index is damaged, and is opened again.
        const why = 'failed' as const
        await this.#write(account, { ...this.#notes(account), hindered: { at: Math.max(0, clock.now()), why } })
      }
      throw error
    } finally {
      this.#work = null
    }
  }

  #begunOf({ progress }: RehearsalNotes): RehearsalProgress | null {
    if (progress === null) return null
    const age = this.#parts.clock.now() - progress.began
    return age >= 0 && age < Math.min(this.#parts.everyMs ?? BEGUN_MS_MAX, BEGUN_MS_MAX) ? progress : null
  }

  async #keep(account: AccountId, progress: RehearsalProgress): Promise<void> {
    try {
      await this.#write(account, { ...this.#notes(account), progress, everyMs: this.#parts.everyMs })
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
    }
  }

  /** Of one that somebody asked for and did not wait for: nobody goes on with it for a long time, and it takes room. */
  #forgetBegun(account: AccountId, notes: RehearsalNotes): Promise<void> {
    const { disk, indexDirectory } = this.#parts
    removeIndex(rehearsalIndexPath(indexDirectory, account), disk)
    return this.#write(account, { ...notes, progress: null })
  }

  async #ended(account: AccountId, open: OpenAccount, outcome: RehearsalOutcome): Promise<void> {
    const { clock, everyMs } = this.#parts
    const notes = this.#notes(account)
    if (outcome.kind === 'noRoom') {
      const hindered = { at: Math.max(0, clock.now()), why: outcome.kind }
      return this.#write(account, { ...notes, hindered, everyMs })
    }
    const before = laterOf(rehearsedSetting(open.setting(REHEARSAL_SETTING)), notes)
    const rehearsed = withResult(before, outcome.result)
    await this.#write(account, { ...rehearsed, everyMs, hindered: null, progress: null })
    await this.#note(open, rehearsed)
    this.#parts.rehearsed(account, outcome.result)
  }

  /** In the account. What cannot be noted now is when it is looked at again. */
  async #note(open: OpenAccount, rehearsed: Rehearsed): Promise<void> {
    try {
      await open.commit([rehearsalOperation(rehearsed)])
    } catch (error) {
      if (!(error instanceof CommitRefusedError) && !(error instanceof CommitInDoubtError)) throw error
    }
  }

  /** A disk that is full: it is tried again. */
  async #write(account: AccountId, notes: RehearsalNotes): Promise<void> {
    const { disk, indexDirectory } = this.#parts
    try {
      await writeRehearsalNotes(disk, rehearsalPath(indexDirectory, account), account, notes)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
    }
  }

  async #rest(account: AccountId, work: Work, workedMs: number, signal: AbortSignal): Promise<void> {
    if (work.isAsked) return
    const { load } = this.#parts
    load.begin()
    await this.#sleep(workedMs * REST_PARTS, signal)
    while (!signal.aborted && load.isBusy() && !this.#isLate(account)) await this.#sleep(BUSY_MS, signal)
  }

  /** Nobody is waited for any more. */
  #isLate(account: AccountId): boolean {
    const { everyMs, clock } = this.#parts
    if (everyMs === null) return false
    const { last, progress } = this.#notes(account)
    const due = last === null ? progress?.began : last.ended + everyMs
    return due !== undefined && clock.now() - due > everyMs * PATIENCE_PART
  }

  #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      let timer: Timer | null = null
      const over = (): void => {
        timer?.cancel()
        signal.removeEventListener('abort', over)
        resolve()
      }
      signal.addEventListener('abort', over)
      timer = this.#parts.clock.after(milliseconds, over)
    })
  }

  #endWork(reason: Error): void {
    this.#work?.end.abort(reason)
  }
}

/** It was told to end, or the account is closed, or fails and is opened again. */
export function isEnd(error: unknown): boolean {
  return error instanceof BusyError || error instanceof AccountClosingError || error instanceof IndexDamagedError
}
