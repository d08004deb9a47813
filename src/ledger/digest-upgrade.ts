// Upgrade of digests on a live account: docs/formats/ledger.md §15. New records get the stronger digest in their headers; for those that are there it is added in
// records of kind `digests`, a batch at a time, beside commits.
//
// Invariants: a payload gets a stronger digest only from bytes that have the old one. What is wanted is durable before the answer; how far it has come follows from the
// log, so that whatever ends the work, it goes on there, and nothing is done twice. Nothing here makes a digest weaker.
//
// When all is done, it goes on: the chain of headers is continued whenever a batch of new records is there, and a record that came with a weaker digest, because
// it was on its way when the upgrade was asked for, is covered when it has settled.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import { TimeSlice } from '#base/time-slice.ts'
import type { SigningKey } from '#crypto/ed25519.ts'
import { type Clock, type Timer, yieldToEventLoop } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'
import type { AccountState } from './account-state.ts'
import { digestBatch } from './digest-batch.ts'
import {
  type DigestProgress,
  NO_PROGRESS,
  readDigestNote,
  readDigestWish,
  writeDigestNote,
  writeDigestWish,
} from './digest-note.ts'
import { readProgress, withDigests } from './digest-progress.ts'
import { DIGEST_ENTRIES_MAX, signDigests } from './digests.ts'
import { AccountDamagedError, AppendInDoubtError, LedgerRefusedError } from './errors.ts'
import type { GroupPart } from './group.ts'
import type { OpenContext } from './open-context.ts'
import { accountPaths, listAccounts } from './paths.ts'
import type { DigestAlgorithm } from './record.ts'

const SLICE_MS = 2
/** While somebody appends, one slice in so long a time. */
const WAIT_MAX_MS = 20
const WAIT_MS = 2
const BATCH_BYTES = 64 * 1024 * 1024
const SWEEP_AFTER_MS = 2_000
const AGAIN_AFTER_MS = 15_000
const KNOWN_MAX = 4_096
const ACCOUNTS_PER_TURN = 64

export interface DigestOptions {
  /** Of new records in accounts that were not upgraded. */
  readonly algorithm: DigestAlgorithm
  /** Of one `digests` record; fewer than the format allows in tests. */
  readonly recordsMax?: number
  /** The disk refused, and it will be tried again. */
  readonly failed?: (error: unknown) => void
  /** An account has no record left that lacks the stronger digest, but for those that could not be verified. */
  readonly upgraded?: (account: AccountId, progress: DigestProgress) => void
  /** Payloads, or heads, of a batch could not be verified: nothing was added for them. */
  readonly unverified?: (account: AccountId, first: number, end: number, count: number) => void
}

export interface DigestParts {
  readonly options: DigestOptions
  readonly clock: Clock
  readonly context: OpenContext
  readonly key: SigningKey
  /** Somebody appends, or did just now. */
  isBusy(): boolean
  /** Throws AccountDamagedError and DiskError. */
  account(id: AccountId): AccountState
  /** Null if it is not in memory. */
  knownAccount(id: AccountId): AccountState | null
  /** As `Ledger.append`, of one record of kind `digests`. */
  append(account: AccountId, payload: Buffer): Promise<unknown>
  /** Repairs a segment, as far as that goes. */
  repair(account: AccountId, segment: Seq): Promise<unknown>
  halt(cause: unknown): void
}

export interface DigestStatus {
  readonly account: AccountId
  /** Of new records. */
  readonly algorithm: DigestAlgorithm
  /** `none`: not to be upgraded. `waiting`: the disk refused, or the account is damaged; it will be tried again. */
  readonly state: 'none' | 'running' | 'waiting' | 'done'
  readonly records: number
  /** Records before this one are covered. */
  readonly reach: number
  readonly added: number
  readonly dropped: number
  readonly damaged: number
}

export class DigestUpgrade {
  readonly #parts: DigestParts
  readonly #recordsMax: number
  /** Accounts with something to do, in turn. */
  readonly #queue = new Set<AccountId>()
  readonly #waiting = new Set<AccountId>()
  /** Of accounts that were looked at in the log, used longest ago first. */
  readonly #known = new Map<AccountId, DigestProgress>()
  #isForAll: boolean
  #working: Promise<void> | null = null
  #current: AccountId | null = null
  readonly #timers = new Set<Timer>()
  #stopped = false

  constructor(parts: DigestParts) {
    this.#parts = parts
    this.#recordsMax = Math.min(parts.options.recordsMax ?? DIGEST_ENTRIES_MAX, DIGEST_ENTRIES_MAX)
    const { disk, directory } = parts.context
    this.#isForAll = readDigestWish(disk, directory) === 'sha512'
    this.#later(SWEEP_AFTER_MS, () => this.#sweep())
  }

  /** Of the account's next record. */
  algorithmOf(account: AccountId): DigestAlgorithm {
    if (this.#isForAll || this.#parts.options.algorithm === 'sha512') return 'sha512'
    return this.#isWanted(account) ? 'sha512' : 'sha256'
  }

  /**
   * From now on this account, or every account that there is or will be, has SHA-512 digests. Durable when it resolves; the work goes on by itself. Throws DiskError, and
   * LedgerRefusedError.
   */
  async upgrade(account: AccountId | null): Promise<void> {
    if (this.#stopped) throw new LedgerRefusedError('unavailable')
    const { disk, directory } = this.#parts.context
    if (account === null) {
      await writeDigestWish(disk, directory)
      this.#isForAll = true
      await this.#sweep()
      return
    }
    if (!this.#isWanted(account)) {
      await writeDigestNote(disk, accountPaths(directory, account), account, NO_PROGRESS)
      const state = this.#parts.knownAccount(account)
      if (state !== null) state.digestReach ??= 0
    }
    this.#enqueue(account)
  }

  /** Of one account, or of all. Throws DiskError. */
  async status(account: AccountId | null): Promise<DigestStatus[]> {
    const { disk, directory } = this.#parts.context
    const found: DigestStatus[] = []
    let turn = 0
    for (const id of account === null ? listAccounts(disk, directory) : [account]) {
      found.push(this.#statusOf(id))
      if (++turn % ACCOUNTS_PER_TURN === 0) await yieldToEventLoop()
    }
    return found
  }

  /** Records of the account are in segments. */
  settled({ state, records }: Pick<GroupPart, 'state' | 'records'>): void {
    if (!this.#isForAll && state.digestReach === null) return
    const isWeaker = records.some(({ header }) => header.digestAlgorithm !== 'sha512')
    if (isWeaker || state.settled - (state.digestReach ?? 0) >= this.#recordsMax) this.#enqueue(state.id)
  }

  /** Resolves when nothing is being done any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) timer.cancel()
    await this.#working
  }

  #isWanted(account: AccountId): boolean {
    const state = this.#parts.knownAccount(account)
    if (state !== null) return state.digestReach !== null
    const { disk, directory } = this.#parts.context
    return disk.exists(accountPaths(directory, account).digests)
  }

  #statusOf(account: AccountId): DigestStatus {
    const { disk, directory } = this.#parts.context
    const note = readDigestNote(disk, accountPaths(directory, account), account)
    const { reach, added, dropped, damaged } = this.#known.get(account) ?? note ?? NO_PROGRESS
    return {
      account,
      algorithm: this.algorithmOf(account),
      state: this.#stateOf(account, note !== null),
      records: this.#sizeOf(account),
      reach,
      added,
      dropped,
      damaged,
    }
  }

  #stateOf(account: AccountId, isWanted: boolean): DigestStatus['state'] {
    if (this.#waiting.has(account)) return 'waiting'
    if (this.#queue.has(account) || this.#current === account) return 'running'
    return isWanted ? 'done' : 'none'
  }

  /** 0 if the account is damaged. */
  #sizeOf(account: AccountId): number {
    try {
      return this.#parts.account(account).settled
    } catch (error) {
      if (error instanceof AccountDamagedError) return 0
      throw error
    }
  }

  async #sweep(): Promise<void> {
    const { disk, directory } = this.#parts.context
    let turn = 0
    for (const account of listAccounts(disk, directory)) {
      if (this.#stopped) return
      if (this.#isForAll || disk.exists(accountPaths(directory, account).digests)) this.#enqueue(account)
      if (++turn % ACCOUNTS_PER_TURN === 0) await yieldToEventLoop()
    }
  }

  #enqueue(account: AccountId): void {
    if (this.#stopped) return
    this.#queue.add(account)
    this.#working ??= this.#work().finally(() => {
      this.#working = null
      const [next] = this.#queue
      if (next !== undefined) this.#enqueue(next)
    })
  }

  async #work(): Promise<void> {
    for (const account of this.#queue) {
      if (this.#stopped) return
      this.#queue.delete(account)
      this.#current = account
      try {
        await this.#upgradeAccount(account)
        this.#waiting.delete(account)
      } catch (error) {
        if (!this.#isExpected(error)) return
        this.#waiting.add(account)
        this.#parts.options.failed?.(error)
        this.#later(AGAIN_AFTER_MS, async () => this.#enqueue(account))
      } finally {
        this.#current = null
      }
    }
  }

  /** Whether it may be tried again; else the ledger has ended, or does now. */
  #isExpected(error: unknown): boolean {
    if (this.#stopped) return false
    const isRefusal = error instanceof LedgerRefusedError || error instanceof AppendInDoubtError
    if (isRefusal || error instanceof DiskError || error instanceof AccountDamagedError) return true
    this.#queue.clear()
    this.#parts.halt(error)
    return false
  }

  async #upgradeAccount(account: AccountId): Promise<void> {
    const { context, key, options } = this.#parts
    const state = this.#parts.account(account)
    if (state.isDestroyed || state.settled === 0) return
    let progress = await this.#progress(state)
    const before = progress.reach
    while (!this.#stopped) {
      const { reach: first, chain } = progress
      const task = {
        account,
        first,
        chain,
        settled: state.settled,
        recordsMax: this.#recordsMax,
        bytesMax: BATCH_BYTES,
      }
      const batch = await this.#run(digestBatch(context, task))
      for (const segment of batch.damagedSegments) void this.#parts.repair(account, segment)
      if (!batch.isNeeded && !batch.isFull) break
      await this.#parts.append(account, signDigests(key, account, batch.digests))
      progress = withDigests(progress, batch.digests)
      this.#know(account, progress)
      const { entries } = batch.digests
      const unverified = entries.filter(({ kind }) => kind === 'damaged' || kind === 'headDamaged').length
      if (unverified > 0) options.unverified?.(account, first, first + entries.length, unverified)
    }
    if (progress.reach > before) {
      await writeDigestNote(context.disk, accountPaths(context.directory, account), account, progress)
      if (!this.#stopped) options.upgraded?.(account, progress)
    }
  }

  /** From the log, but for what is known of it already. */
  async #progress(state: AccountState): Promise<DigestProgress> {
    const known = this.#known.get(state.id)
    if (known !== undefined) return known
    const { context } = this.#parts
    const note = readDigestNote(context.disk, state.paths, state.id)
    const progress = await this.#run(readProgress(context, state.id, note ?? NO_PROGRESS, state.settled))
    this.#know(state.id, progress)
    if (note === null || progress.scanned > note.scanned) {
      await writeDigestNote(context.disk, state.paths, state.id, progress)
    }
    return progress
  }

  /** In slices, which those who append come before. Throws LedgerRefusedError when it is stopped. */
  #run<T>(steps: Steps<T>): Promise<T> {
    const { clock } = this.#parts
    const slice = new TimeSlice({ pause: () => this.#pause(), monotonic: () => clock.monotonic() }, SLICE_MS)
    return slice.run(this.#unlessStopped(steps))
  }

  async #pause(): Promise<void> {
    const { clock } = this.#parts
    const began = clock.monotonic()
    await yieldToEventLoop()
    while (this.#parts.isBusy() && !this.#stopped && clock.monotonic() - began < WAIT_MAX_MS) {
      await new Promise<void>((resolve) => {
        clock.after(WAIT_MS, resolve)
      })
    }
  }

  *#unlessStopped<T>(steps: Steps<T>): Steps<T> {
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      if (this.#stopped) throw new LedgerRefusedError('unavailable')
      yield
    }
  }

  #know(account: AccountId, progress: DigestProgress): void {
    this.#known.delete(account)
    this.#known.set(account, progress)
    const state = this.#parts.knownAccount(account)
    if (state !== null) state.digestReach = progress.reach
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KNOWN_MAX) return
      this.#known.delete(oldest)
    }
  }

  #later(delayMs: number, work: () => Promise<void>): void {
    if (this.#stopped) return
    const timer = this.#parts.clock.after(delayMs, () => {
      this.#timers.delete(timer)
      work().catch((error: unknown) => {
        if (!this.#isExpected(error)) return
        this.#parts.options.failed?.(error)
        this.#later(AGAIN_AFTER_MS, work)
      })
    })
    this.#timers.add(timer)
  }
}
