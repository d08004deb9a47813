// One simulated machine with a ledger on it, and a model of what the ledger must hold.

import assert from 'node:assert/strict'
import type { AccountId } from '#base/ids.ts'
import type { NewRecord } from '#ledger/append.ts'
import { AppendInDoubtError, LedgerRefusedError } from '#ledger/errors.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { LedgerLimits } from '#ledger/limits.ts'
import { openLedger } from '#ledger/ledger.ts'
import { ParityFile } from '#ledger/parity-file.ts'
import { accountPaths, listParity, listSegments, parityPath, segmentPath } from '#ledger/paths.ts'
import { RepairedFile } from '#ledger/repaired-file.ts'
import type { Disk } from '#platform/disk.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { LedgerModel, type ModelRecord } from './ledger-model.ts'
import type { Random } from './random.ts'

const DIRECTORY = '/ledger'

/** Small, so that a few appends begin segments, fill journal files and close accounts. */
const LIMITS: Partial<LedgerLimits> = {
  journalBytes: 48 * 1024,
  segmentBytes: 6 * 1024,
  inlineBytes: 2 * 1024,
  groupBytes: 8 * 1024,
  appendBytes: 12 * 1024,
  accounts: 2,
  openFiles: 4,
}

const ACCOUNTS = [1, 2, 3].map((number) => number.toString(16).padStart(32, '0') as AccountId)
const KINDS = ['mail', 'mail', 'mail', 'journal', 'slot', 'epoch'] as const

/** Lets everything run that can without the disk. */
export async function quiesce(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export class LedgerWorld {
  readonly #random: Random
  readonly #wrap: (disk: Disk) => Disk
  readonly model = new LedgerModel()
  clock = new SimulatedClock()
  disk: SimulatedDisk
  #ledger: Ledger | null = null
  #publicKey: Uint8Array | null = null
  /** Appends that are neither acknowledged nor refused. */
  readonly #open = new Set<{ readonly account: AccountId; readonly records: readonly ModelRecord[] }>()
  refused = 0
  inDoubt = 0
  readonly reasons = new Set<string>()
  acknowledged = 0
  /** Parity files that were compared with their segments at a start. */
  parityChecked = 0

  /** `wrap` puts something between the ledger and its disk, to break it on purpose. */
  constructor(random: Random, wrap: (disk: Disk) => Disk = (disk) => disk) {
    this.#random = random
    this.#wrap = wrap
    this.disk = new SimulatedDisk(random)
  }

  get ledger(): Ledger {
    assert.ok(this.#ledger !== null, 'the ledger is open')
    return this.#ledger
  }

  /** Opens the ledger and checks it against the model. Throws what opening throws. */
  async open(): Promise<void> {
    this.disk.automatic = true
    this.clock = new SimulatedClock(this.clock.now())
    const ledger = await openLedger({
      disk: this.#wrap(this.disk),
      clock: this.clock,
      directory: DIRECTORY,
      limits: LIMITS,
      parity: { percent: 10 },
      random: (bytes) => this.#random.bytes(bytes),
    })
    this.#ledger = ledger
    this.#publicKey ??= ledger.publicKey
    assert.deepEqual(ledger.publicKey, this.#publicKey, 'the signing key stays the same')
    await this.model.checkRecovered(this.disk, DIRECTORY, ledger.publicKey)
    for (const [id, { log }] of this.model.accounts) {
      assert.equal(ledger.size(id), log.length)
      this.#checkParity(id)
      assert.equal(ledger.usageBytes(id), this.#segmentBytes(id), 'usage is the size of the segments')
    }
  }

  /** One random thing happens. */
  async step(): Promise<void> {
    const random = this.#random
    const dice = random.below(100)
    if (dice < 45) void this.appendRandom()
    else if (dice < 50) void this.appendStaged(random.pick(ACCOUNTS))
    else if (dice < 55) this.clock.advance(random.pick([10, 100, 1100]))
    else if (dice < 57) this.clock.setBack(random.below(5000))
    else if (dice < 62) this.#show(random.pick(ACCOUNTS))
    else if (dice < 65) this.#readLive(random.pick(ACCOUNTS))
    else for (let count = random.below(4); count >= 0; count--) this.disk.completeSync()
    await quiesce()
  }

  anyAccount(): AccountId {
    return this.#random.pick(ACCOUNTS)
  }

  /** Resolves with whether it was acknowledged. */
  appendRandom(): Promise<boolean> {
    return this.append(this.anyAccount(), this.#randomRecords())
  }

  #randomRecords(): ModelRecord[] {
    const random = this.#random
    return Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => {
      const kind = random.pick(KINDS)
      const length = random.pick([0, 40, 300, 900, kind === 'slot' ? 50 : random.pick([1900, 2100, 3000])])
      // Never empty: no two records are alike, so that the model can tell them apart.
      return { kind, payload: random.bytes(8 + random.below(length + 1)) }
    })
  }

  async append(account: AccountId, records: readonly ModelRecord[]): Promise<boolean> {
    return this.#track(account, records, () => this.ledger.append(account, records))
  }

  async appendStaged(account: AccountId): Promise<boolean> {
    const payload = this.#random.bytes(this.#random.pick([100, 2000, 5000]))
    const records: ModelRecord[] = [{ kind: 'mail', payload }]
    return this.#track(account, records, async () => {
      using staged = this.ledger.stage(account)
      for (let at = 0; at < payload.length; at += 700) await staged.write(payload.subarray(at, at + 700))
      await staged.finish()
      const given: NewRecord[] = [{ kind: 'mail', payload: staged }]
      return await this.ledger.append(account, given)
    })
  }

  /** The power fails, or only the process ends. */
  stop(how: 'crash' | 'kill'): void {
    for (const { account, records } of this.#open) this.model.doubtful(account, records)
    this.#open.clear()
    this.disk = how === 'crash' ? this.disk.crash() : this.disk.kill()
    this.#ledger = null
  }

  async close(): Promise<void> {
    this.disk.automatic = true
    while (this.disk.pendingSyncs > 0) this.disk.completeSync()
    await this.ledger.close()
    // Who staged a payload comes to append it only now, and is refused.
    await quiesce()
    assert.equal(this.#open.size, 0, 'every append has an outcome')
    this.#ledger = null
  }

  async #track(
    account: AccountId,
    records: readonly ModelRecord[],
    append: () => Promise<{ readonly firstSeq: number }>,
  ): Promise<boolean> {
    const open = { account, records }
    this.#open.add(open)
    const outcome = await append().catch((error: unknown) => error as Error)
    // After a crash nobody hears of it.
    if (!this.#open.delete(open)) return false
    if (!(outcome instanceof Error)) {
      this.model.acknowledged(account, outcome.firstSeq, records)
      this.acknowledged++
      return true
    }
    // Nobody hears of what is refused when the power has failed.
    if (outcome instanceof AppendInDoubtError || this.disk.crashed) {
      this.model.doubtful(account, records)
      this.inDoubt++
      return false
    }
    assert.ok(outcome instanceof LedgerRefusedError, `appends are refused, and do not fail with ${String(outcome)}`)
    this.refused++
    this.reasons.add(outcome.reason)
    return false
  }

  #show(account: AccountId): void {
    if (this.disk.crashed) return
    this.model.shown(this.ledger.checkpoint(account))
  }

  #readLive(account: AccountId): void {
    if (this.disk.crashed) return
    this.model.checkLive(this.disk, DIRECTORY, account, this.ledger.settledSize(account))
  }

  /** Whatever was lost and written again: parity is of the segment beside it, which is closed. */
  #checkParity(account: AccountId): void {
    const paths = accountPaths(DIRECTORY, account)
    const last = listSegments(this.disk, paths).at(-1) ?? 0
    for (const first of listParity(this.disk, paths)) {
      assert.ok(first < last, 'only closed segments have parity')
      const parity = ParityFile.open(this.disk, parityPath(paths, first), account, first)
      assert.ok(parity !== null, 'a parity file is whole')
      const view = new RepairedFile(this.disk.openRead(segmentPath(paths, first)), parity)
      assert.equal(view.size(), parity.head.shape.length)
      for (let block = 0; block < view.blocks; block++) assert.ok(parity.isBlock(block, view.storedBlock(block)))
      view.close()
      this.parityChecked++
    }
  }

  #segmentBytes(account: AccountId): number {
    const directory = `${DIRECTORY}/accounts/${account.slice(0, 2)}/${account}/segments/`
    const files = this.disk.files().filter((name) => name.startsWith(directory) && name.endsWith('.seg'))
    return files.reduce((sum, name) => sum + this.disk.file(name).size, 0)
  }
}
