// The ledger: the append-only logs of all accounts, in one directory that one process writes. docs/formats/ledger.md.
//
// An append is acknowledged when its records are durable in the commit journal; behind that they settle into the account's
// segments, where every process with permission reads them (`reader.ts`), and are covered by a signed checkpoint. Whatever is
// acknowledged survives any crash, once and byte for byte. There is no function here that changes or removes a record.
//
// When the disk refuses, appends are refused with `noSpace` or `unavailable`, and accepted again when it does not. When an fdatasync
// fails the ledger halts: it refuses everything, and its owner ends the process, so that the next one recovers.

import type { AccountId, Seq } from '#base/ids.ts'
import type { SigningKey } from '#crypto/ed25519.ts'
import type { Clock } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'
import { AccountCache } from './account-cache.ts'
import type { AccountState } from './account-state.ts'
import { openAccount } from './account-open.ts'
import { type AppendOptions, type Appended, type NewRecord, prepareAppend } from './append.ts'
import type { CheckpointWriter } from './checkpoint-writer.ts'
import type { Checkpoint } from './checkpoint.ts'
import { Committer } from './committer.ts'
import { type DigestOptions, DigestUpgrade } from './digest-upgrade.ts'
import type { DirtyTracker } from './dirty-files.ts'
import { LedgerRefusedError } from './errors.ts'
import type { CommittedRecord, GroupPart } from './group.ts'
import type { CommitJournal } from './journal.ts'
import { type LedgerLimits, maxPayloadBytes } from './limits.ts'
import type { OpenContext } from './open-context.ts'
import type { Recovered } from './recovery.ts'
import { Retention, type RetentionOptions } from './retention.ts'
import { Retirement } from './retirement.ts'
import { droppedBytes, storedBytes } from './stored-bytes.ts'
import type { RepairOutcome } from './repairer.ts'
import { Settler } from './settler.ts'
import { StagedPayload } from './staging.ts'
import type { ScrubOptions, Scrubber } from './scrubber.ts'
import { Stall, StoppedError } from './stall.ts'
import { type ParityOptions, Upkeep, type UpkeepParts } from './upkeep.ts'
import { Watchers } from './watchers.ts'

export interface LedgerParts {
  readonly clock: Clock
  readonly limits: LedgerLimits
  readonly context: OpenContext
  readonly key: SigningKey
  readonly dirty: DirtyTracker
  readonly checkpoints: CheckpointWriter
  readonly journal: CommitJournal
  readonly recovered: Recovered
  readonly random: (bytes: number) => Buffer
  readonly parity: ParityOptions | null
  readonly scrub: ScrubOptions | null
  readonly retention: RetentionOptions | null
  readonly digests: DigestOptions
  readonly examined: UpkeepParts['examined']
}

/** Who committed so long ago may be about to commit again. */
const QUIET_MS = 100
/** Who appends one after the other is still there. */
const PAUSE_MS = 5

export class Ledger {
  readonly #parts: LedgerParts
  readonly #accounts: AccountCache
  readonly #settler: Settler
  readonly #stall: Stall
  readonly #committer: Committer
  readonly #retirement: Retirement
  readonly #watchers = new Watchers()
  readonly #upkeep: Upkeep
  readonly #retention: Retention | null
  readonly #digests: DigestUpgrade
  readonly #halting = Promise.withResolvers<unknown>()
  #state: 'open' | 'halted' | 'closed' = 'open'
  /** The last time, by the monotonic clock. */
  #committedAt = Number.NEGATIVE_INFINITY

  /** Made by `openLedger` (`ledger.ts`). */
  constructor(parts: LedgerParts) {
    this.#parts = parts
    const { clock, limits, context, checkpoints, journal, dirty } = parts
    const halt = (cause: unknown): void => this.#halt(cause)
    this.#accounts = new AccountCache(
      limits.accounts,
      (id) => {
        this.#upkeep.opened(id)
        return openAccount(context, id)
      },
      (state) => state.settled === state.committed.size && !checkpoints.isDue(state),
    )
    this.#upkeep = new Upkeep({
      clock,
      context,
      halt,
      key: parts.key,
      parity: parts.parity,
      scrub: parts.scrub,
      examined: parts.examined,
      knownAccount: (id) => this.#accounts.peek(id),
      isBusy: () => this.#committer.isBusy || clock.monotonic() - this.#committedAt < QUIET_MS,
      renewJournal: () => this.#committer.renewJournal(),
      sign: (state) => {
        checkpoints.add(state)
        this.#retirement.schedule()
      },
      account: (id) => this.#accounts.get(id),
      settledSize: (id) => this.#accounts.peek(id)?.settled ?? Number.POSITIVE_INFINITY,
    })
    for (const { id } of parts.recovered.states) this.#upkeep.opened(id)
    for (const state of parts.recovered.states) this.#accounts.adopt({ ...state, laterSegments: new Set() })
    this.#stall = new Stall(clock, () => this.#committer.stalled())
    this.#settler = new Settler(context, (part) => this.#settled(part))
    this.#retirement = new Retirement({
      clock,
      context,
      dirty,
      checkpoints,
      halt,
      settler: this.#settler,
      stall: this.#stall,
      checkpointDelayMs: limits.checkpointDelayMs,
    })
    this.#committer = new Committer({
      clock,
      limits,
      journal,
      halt,
      settler: this.#settler,
      stall: this.#stall,
      account: (id) => this.#accounts.get(id),
      committed: (part) => {
        this.#committedAt = clock.monotonic()
        this.#watchers.committed(part.state.id, part.records)
      },
      droppedBytes: (state) => droppedBytesOrNone(context, state),
      rotate: (wipe) => this.#rotate(wipe),
    })
    this.#retention =
      parts.retention === null
        ? null
        : new Retention({
            clock,
            context,
            halt,
            options: parts.retention,
            run: this.#upkeep.run,
            lock: this.#upkeep.lock,
            account: (id) => this.#accounts.get(id),
            settledSize: (id) => this.#accounts.peek(id)?.settled ?? Number.POSITIVE_INFINITY,
            turnJournal: () => this.#turnJournal(),
            repair: (id, segment) => this.#upkeep.repair(id, segment as Seq),
            wantsParity: (id) => this.#upkeep.closedSegment(id),
          })
    this.#digests = new DigestUpgrade({
      clock,
      context,
      halt,
      key: parts.key,
      options: parts.digests,
      isBusy: () => this.#committer.isBusy || clock.monotonic() - this.#committedAt < PAUSE_MS,
      account: (id) => this.#accounts.get(id),
      knownAccount: (id) => this.#accounts.peek(id),
      append: (id, payload) => this.append(id, [{ kind: 'digests', payload }]),
      repair: (id, segment) => this.#upkeep.repair(id, segment),
    })
  }

  /** Upgrades digests. */
  get digests(): DigestUpgrade {
    return this.#digests
  }

  /** What recovery found when the ledger was opened. */
  get recovered(): Pick<Recovered, 'records' | 'damage'> {
    return this.#parts.recovered
  }

  /** Verifies this ledger's checkpoints. */
  get publicKey(): Buffer {
    return this.#parts.key.publicKey
  }

  /** Resolves, with the cause, if the ledger halts: its process has to end, and be started again. */
  get halted(): Promise<unknown> {
    return this.#halting.promise
  }

  /**
   * Adds records to an account's log: all of them, one after the other, or none. Resolves when they are durable. Throws
   * LedgerRefusedError; staged payloads then can be appended again. Throws AppendInDoubtError when the ledger halts.
   */
  async append(account: AccountId, records: readonly NewRecord[], options: AppendOptions = {}): Promise<Appended> {
    const isLarge = ({ payload }: NewRecord): boolean =>
      payload instanceof Uint8Array && payload.length > this.#parts.limits.inlineBytes
    const staged = records.some(isLarge) ? await this.#stageLarge(account, records, isLarge) : null
    try {
      const prepared = prepareAppend(
        account,
        staged ?? records,
        options,
        this.#parts.limits,
        this.#digests.algorithmOf(account),
      )
      const appended = await this.#committer.append(prepared)
      for (const { payload } of records) if (payload instanceof StagedPayload) payload.discard()
      return appended
    } finally {
      // The caller's own bytes, which are still there if the append was refused.
      for (const [index, record] of (staged ?? []).entries()) {
        if (record !== records[index] && record.payload instanceof StagedPayload) record.payload.discard()
      }
    }
  }

  /** For a payload that comes in pieces. To be given to `append`, or discarded. */
  stage(account: AccountId): StagedPayload {
    const { context, random, limits } = this.#parts
    if (this.#state !== 'open') throw new LedgerRefusedError('unavailable')
    const { disk, directory } = context
    const staging = { disk, directory, random, inlineBytes: limits.inlineBytes }
    return new StagedPayload(staging, account, this.#digests.algorithmOf(account))
  }

  /** Tells of records committed from now on, in order; and of the size up to which they can be read from segments. */
  watch(
    account: AccountId,
    committed: (records: readonly CommittedRecord[]) => void,
    settled?: (size: number) => void,
  ): Disposable {
    return this.#watchers.add(account, { committed, ...(settled === undefined ? {} : { settled }) })
  }

  /** Number of records, all of them durable. This and the following throw AccountDamagedError and DiskError. */
  size(account: AccountId): number {
    return this.#accounts.get(account).committed.size
  }

  /** Number of records that can be read from segments. */
  settledSize(account: AccountId): number {
    return this.#accounts.get(account).settled
  }

  /** Sum of the sizes of the account's segments, with all committed records. */
  usageBytes(account: AccountId): number {
    return storedBytes(this.#parts.context, this.#accounts.get(account))
  }

  /** Signed, of all committed records. */
  checkpoint(account: AccountId): Checkpoint {
    return this.#parts.checkpoints.sign(this.#accounts.get(account))
  }

  /**
   * Repairs a closed segment from its parity as far as that goes; or, if that is null, what of the account's files can be made again from
   * segments. Changes nothing that verifies.
   */
  repair(account: AccountId, segment: Seq | null): Promise<RepairOutcome> {
    return this.#upkeep.repair(account, segment)
  }

  /** Null if there is none. */
  get scrubber(): Scrubber | null {
    return this.#upkeep.scrubber
  }

  /** Drops payloads that were released long enough ago; null if this ledger drops nothing. */
  get retention(): Retention | null {
    return this.#retention
  }

  /** Lets the commits under way end, makes everything durable where it is read, and cuts the journal. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    const stopped = this.#committer.stop()
    this.#retirement.cancel()
    this.#stall.finish()
    await Promise.all([stopped, this.#digests.stop(), this.#retention?.stop(), this.#upkeep.stop()])
    if (wasOpen) await this.#retireAll()
    this.#stall.stop()
    this.#parts.journal.close()
    this.#parts.context.files.close()
  }

  /** What fails here is done by recovery at the next start. */
  async #retireAll(): Promise<void> {
    const { journal } = this.#parts
    try {
      this.#settler.settle()
      await journal.idle()
      await this.#retirement.retire(false)
      await journal.cutAll((write) => Promise.resolve(write()))
    } catch (cause) {
      this.#halting.resolve(cause)
    }
  }

  async #rotate(wipe: boolean): Promise<void> {
    const { journal } = this.#parts
    await journal.rotate(
      () => this.#retirement.retire(),
      (write) => this.#stall.until(write),
      wipe,
    )
    journal.idle().catch((cause: unknown) => this.#halt(cause))
  }

  /** Resolves when nothing of what is committed now is in the journal's two files any more, valid or not. */
  async #turnJournal(): Promise<void> {
    for (let file = 0; file < 2; file++) {
      await this.#committer.turn()
      await this.#parts.journal.idle()
    }
  }

  #settled(part: GroupPart): void {
    const { id } = part.state
    this.#parts.checkpoints.add(part.state)
    this.#retirement.schedule()
    this.#watchers.settled(id, part.state.settled)
    if (part.runs.some(({ beginsSegment, segment }) => beginsSegment && segment > 0)) this.#upkeep.closedSegment(id)
    if (part.records.some(({ header }) => header.kind === 'release')) this.#retention?.consider(id)
    this.#digests.settled(part)
  }

  #halt(cause: unknown): void {
    if (cause instanceof StoppedError || this.#state !== 'open') return
    this.#state = 'halted'
    this.#retirement.cancel()
    this.#stall.stop()
    void this.#upkeep.stop()
    void this.#retention?.stop()
    void this.#digests.stop()
    void this.#committer.stop()
    this.#halting.resolve(cause)
  }

  async #stageLarge(
    account: AccountId,
    records: readonly NewRecord[],
    isLarge: (record: NewRecord) => boolean,
  ): Promise<NewRecord[]> {
    const staged: NewRecord[] = []
    try {
      for (const record of records) {
        if (!isLarge(record) || !(record.payload instanceof Uint8Array)) {
          staged.push(record)
          continue
        }
        if (record.payload.length > maxPayloadBytes(record.kind)) throw new LedgerRefusedError('tooLarge')
        const payload = this.stage(account)
        staged.push({ kind: record.kind, payload })
        await payload.write(record.payload)
        await payload.finish()
      }
      return staged
    } catch (error) {
      for (const [index, { payload }] of staged.entries()) {
        if (payload !== records[index]?.payload && payload instanceof StagedPayload) payload.discard()
      }
      throw error
    }
  }
}

/** What cannot be counted now is as if it was still there. */
function droppedBytesOrNone(context: OpenContext, state: AccountState): number {
  try {
    return droppedBytes(context, state)
  } catch (error) {
    if (error instanceof DiskError) return 0
    throw error
  }
}
