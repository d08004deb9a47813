// What the ledger does for what it has stored, beside commits: parity for closed segments that have none, repairs, and the scrub that finds what there is to repair. In slices of the event loop that are
// short beside a commit, where no thread of its own does it.

import type { AccountId, Seq } from '#base/ids.ts'
import { TimeSlice } from '#base/time-slice.ts'
import type { SigningKey } from '#crypto/ed25519.ts'
import { type Clock, yieldToEventLoop } from '#platform/clock.ts'
import type { Disk } from '#platform/disk.ts'
import type { AccountState } from './account-state.ts'
import { type DamagedRange, appendDamage } from './damage-log.ts'
import type { OpenContext } from './open-context.ts'
import { storedSize } from './checkpoint-file.ts'
import { deviceDisk } from './device-disk.ts'
import { type OwnRepairParts, repairOwn } from './repair-own.ts'
import { ParityKeeper } from './parity-keeper.ts'
import { accountPaths, listParity, listSegments, parityPath, segmentPath } from './paths.ts'
import { rebuildDerived } from './rebuild-derived.ts'
import { type RepairContext, repairSegment, tellDamage } from './repair-segment.ts'
import { type RepairOutcome, type RepairView, Repairer, type RepairerParts } from './repairer.ts'
import { rewriteSegment } from './rewrite-segment.ts'
import { type ScrubOptions, Scrubber, type ScrubberParts } from './scrubber.ts'
import { isDerivedWrong } from './scrub-reader.ts'
import { rangesOf, recordsOf } from './segment-damage.ts'
import { missingIfUnreadable, tolerantDisk } from './tolerant-read.ts'
import { StoredTree } from './tree.ts'
import { SegmentLock } from './segment-lock.ts'
import { type ParityTask, type StepRunner, type WrittenParity, writeParity } from './write-parity.ts'

const SLICE_MS = 2

export interface ParityOptions {
  /** Of the segment's blocks. */
  readonly percent: number
  /** As `writeParity`, elsewhere; if that is not given, or returns null, the ledger does it itself, between commits. */
  readonly encode?: (task: ParityTask) => Promise<WrittenParity> | null
  /** A parity file could not be written, and will be tried again. */
  readonly failed?: (error: unknown) => void
}

export interface UpkeepParts {
  readonly clock: Clock
  readonly context: OpenContext
  readonly key: SigningKey
  /** Null: closed segments get no parity. */
  readonly parity: ParityOptions | null
  /** Null: there is no scrub. */
  readonly scrub: ScrubOptions | null
  /** Something was looked at because it was said to be damaged. */
  readonly examined: RepairerParts['examined']
  /** Records of the account before this one are in segments for good. */
  settledSize(account: AccountId): number
  /** Throws AccountDamagedError and DiskError. */
  account(id: AccountId): AccountState
  /** Null if it is not in memory. */
  knownAccount(id: AccountId): AccountState | null
  /** Somebody commits, or did a moment ago. */
  isBusy: ScrubberParts['isBusy']
  renewJournal: OwnRepairParts['renewJournal']
  /** Its log gets a checkpoint soon. */
  sign(state: AccountState): void
  halt(cause: unknown): void
}

export class Upkeep {
  readonly #parts: UpkeepParts
  readonly #repairs: RepairContext
  readonly #keeper: ParityKeeper | null
  readonly #repairer: Repairer
  readonly scrubber: Scrubber | null
  readonly lock = new SegmentLock()
  /** In slices of the event loop. */
  readonly run: StepRunner

  constructor(parts: UpkeepParts) {
    this.#parts = parts
    const { clock, context, parity, examined } = parts
    const { disk, files, directory } = context
    const run: StepRunner = async (steps) => {
      const slice = new TimeSlice({ pause: yieldToEventLoop, monotonic: () => clock.monotonic() }, SLICE_MS)
      return slice.run(steps)
    }
    this.run = run
    this.#repairs = { disk, clock, directory, files, run, publicKey: parts.key.publicKey, told: new Map() }
    this.#repairer = new Repairer({
      clock,
      examined,
      repair: (account, segment, view) =>
        segment === null
          ? this.#rebuild(account, view)
          : this.lock.hold(account, segment, () => this.#repair(account, segment, view)),
    })
    this.#keeper =
      parity === null || parity.percent === 0
        ? null
        : new ParityKeeper({
            disk,
            clock,
            directory,
            settledSize: (account) => parts.settledSize(account),
            percent: parity.percent,
            encode: (task) => this.lock.hold(task.account, task.first, () => this.#encode(parity, task)),
            touchedDirectory: (path) => context.touchedDirectory(path),
            failed: (error) => parity.failed?.(error),
          })
    this.scrubber = parts.scrub === null ? null : this.#scrubberOf(parts.scrub)
    this.scrubber?.start()
  }

  /**
   * The account's log is about to be used, perhaps for the first time since long. A parity file of its last segment, or of one that is still to come, is of a log
   * that went on otherwise, before something was lost: it goes. Throws DiskError.
   */
  opened(account: AccountId): void {
    const { disk, directory } = this.#parts.context
    const paths = accountPaths(directory, account)
    const last = listSegments(disk, paths).at(-1)
    for (const first of listParity(disk, paths)) {
      if (last !== undefined && first < last) continue
      this.#parts.context.touchedDirectory(paths.segments)
      disk.remove(parityPath(paths, first))
    }
    this.#keeper?.consider(account)
  }

  closedSegment(account: AccountId): void {
    this.#keeper?.consider(account)
  }

  /** As `Ledger.repair`. */
  async repair(account: AccountId, segment: Seq | null, view: RepairView = 'cache'): Promise<RepairOutcome> {
    try {
      return await this.#repairer.repair(account, segment, view)
    } catch (cause) {
      this.#parts.halt(cause)
      return 'unavailable'
    }
  }

  /** Resolves when no file is being written. */
  async stop(): Promise<void> {
    await Promise.all([this.#keeper?.stop(), this.#repairer.stop(), this.scrubber?.stop()])
  }

  #scrubberOf(scrub: ScrubOptions): Scrubber {
    const { clock, context, key } = this.#parts
    const { disk, directory } = context
    return new Scrubber({
      ...scrub,
      disk,
      clock,
      directory,
      publicKey: key.publicKey,
      isBusy: () => this.#parts.isBusy(),
      account: (id) => this.#parts.knownAccount(id),
      repair: (account, segment) => this.repair(account, segment, 'device'),
      repairOwn: (faults) => repairOwn({ ...this.#repairs, ...this.#parts }, faults),
      gone: (account) =>
        tellDamage(this.#repairs, { account, file: '', action: 'unrepairable', bytes: [], records: [] }),
      missingParity: (account) => {
        this.#keeper?.consider(account)
        return this.#keeper !== null
      },
    })
  }

  #encode(parity: ParityOptions, task: ParityTask): Promise<WrittenParity> {
    return parity.encode?.(task) ?? writeParity(this.#parts.context.disk, task, this.#repairs.run)
  }

  /** As the view has it. */
  #disk(view: RepairView): Disk {
    const { disk } = this.#parts.context
    return view === 'device' ? deviceDisk(disk) : disk
  }

  async #repair(account: AccountId, first: Seq, view: RepairView): Promise<RepairOutcome> {
    const repairs = { ...this.#repairs, disk: this.#disk(view) }
    const { outcome, parityDamage } = await repairSegment(repairs, account, first)
    const { context, parity } = this.#parts
    const isLast = listSegments(context.disk, accountPaths(context.directory, account)).at(-1) === first
    if (view === 'device' && (isLast || outcome === 'unrepairable')) return this.#rewrite(account, first)
    if (parity === null || parity.percent === 0 || outcome === 'unrepairable' || parityDamage?.length === 0)
      return outcome
    // The segment is whole: its parity, which is not, is made again.
    const paths = accountPaths(context.directory, account)
    const path = parityPath(paths, first)
    const wasThere = context.disk.exists(path)
    const { directory } = context
    const written = await this.#encode(parity, { directory, account, first, percent: parity.percent })
    context.touchedDirectory(paths.segments)
    if (written === null || !wasThere) return outcome
    const bytes: DamagedRange[] = [...(parityDamage ?? [])]
    await this.#logRebuilt(account, path.slice(paths.directory.length + 1), bytes)
    return 'repaired'
  }

  /** The page cache may still have what the device has lost. */
  async #rewrite(account: AccountId, first: Seq): Promise<RepairOutcome> {
    const { context } = this.#parts
    const paths = accountPaths(context.directory, account)
    const next = listSegments(context.disk, paths).find((other) => other > first)
    const tree = new StoredTree(missingIfUnreadable(context.disk), paths.tree)
    try {
      const settled = this.#parts.knownAccount(account)?.settled ?? storedSize(context.disk, paths.checkpoints, account)
      const segment = { account, first, next: next ?? Math.max(settled, first), leaf: (seq: number) => tree.leaf(seq) }
      const path = segmentPath(paths, first)
      const file = path.slice(paths.directory.length + 1)
      const { before, after, bytes } = await rewriteSegment(context, this.#repairs.run, path, segment)
      if (before.length === 0) return 'intact'
      const action = after.length === 0 ? 'repaired' : 'unrepairable'
      const ranges = after.length === 0 ? bytes : rangesOf(after)
      await tellDamage(this.#repairs, { account, file, action, bytes: ranges, records: recordsOf(before) })
      return action
    } finally {
      tree.close()
    }
  }

  async #rebuild(account: AccountId, view: RepairView): Promise<RepairOutcome> {
    const context = { ...this.#parts.context, disk: tolerantDisk(this.#disk(view)) }
    const { directory } = context
    const { key } = this.#parts
    // To open an account is to make its tree again, where that is wrong.
    const isOpened = this.#parts.knownAccount(account) === null
    const wasWrong =
      isOpened && (await this.#repairs.run(isDerivedWrong(context.disk, directory, key.publicKey, account, null)))
    const state = this.#parts.account(account)
    state.pins++
    try {
      const rebuilt = await this.#repairs.run(rebuildDerived(context, key, state))
      if (rebuilt === null) return 'unrepairable'
      if (wasWrong && state.storedSize < state.committed.size) this.#parts.sign(state)
      if (wasWrong && rebuilt.length === 0) {
        await this.#logRebuilt(account, 'tree', [])
        return 'repaired'
      }
      for (const { file, bytes } of rebuilt) await this.#logRebuilt(account, file, bytes)
      return rebuilt.length === 0 ? 'intact' : 'repaired'
    } finally {
      state.pins--
    }
  }

  #logRebuilt(account: AccountId, file: string, bytes: readonly DamagedRange[]): Promise<void> {
    const { context, clock } = this.#parts
    const time = new Date(clock.now()).toISOString()
    return appendDamage(context.disk, context.directory, { time, account, file, action: 'rebuilt', bytes, records: [] })
  }
}
