// The scrub: everything that the ledger has on its disk is read again within a promised time, and what is damaged is repaired, or named. In passes, account by account; at the pace that the
// promise asks for (`scrub-pace.ts`); and after whoever else wants the disk. What it finds goes the way of a damaged read: `Upkeep.repair`.
//
// Invariants: an account counts as read when each of its files was, without a byte being left out, and from the time at which that began. What cannot be read
// is damage, or leaves the account unread; it is never passed over in silence.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Clock } from '#platform/clock.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import type { AccountState } from './account-state.ts'
import type { RepairOutcome } from './repairer.ts'
import { scrubAccount } from './scrub-account.ts'
import { findAccounts } from './scrub-census.ts'
import type { OwnFault, ScrubItem, ScrubStep, ScrubTask } from './scrub-items.ts'
import { ASKED_PACE, FIRST_PACE, PASS_PART, type Pace, paceOf } from './scrub-pace.ts'
import { type ScrubPass, type ScrubSubject, inOrder, planPass } from './scrub-pass.ts'
import type { ScrubPlace } from './scrub-progress.ts'
import { ScrubReading } from './scrub-reading.ts'
import { ScrubRecord } from './scrub-record.ts'
import { type ScrubState, type ScrubStatus, scrubStatus } from './scrub-status.ts'

export interface ScrubOptions {
  /** Null: only when somebody asks. */
  readonly everyMs: number | null
  /** As `ScrubReader.do`, elsewhere; if that is not given, or returns null, the ledger reads itself, between commits. */
  readonly read?: (task: ScrubTask) => Promise<ScrubStep> | null
  /** Something could not be read, or written, and will be tried again. */
  readonly failed?: (error: unknown) => void
}

export interface ScrubberParts extends ScrubOptions {
  readonly disk: Disk
  readonly clock: Clock
  /** The ledger's. */
  readonly directory: string
  readonly publicKey: Uint8Array
  /** Somebody waits for the disk, or did a moment ago. */
  isBusy(): boolean
  /** Null if it is not in memory: then nobody writes to it. */
  account(id: AccountId): AccountState | null
  /** Of what is on the device. */
  repair(account: AccountId, segment: Seq | null): Promise<RepairOutcome>
  repairOwn(faults: readonly OwnFault[]): Promise<RepairOutcome>
  /** The account's directory was there before. */
  gone(account: AccountId): Promise<void>
  /** A closed segment of the account has no parity. False if it is not to have any. */
  missingParity(account: AccountId): boolean
}

/** After a start, others come first. */
const START_MS = 30_000
const REST_MS = 600_000
const RETRY_MS = 60_000
const TRIES = 3
const AGAIN_MS = 250

export class Scrubber {
  readonly #parts: ScrubberParts
  readonly #record: ScrubRecord
  readonly #reading: ScrubReading
  readonly #counts = { repaired: 0, unrepairable: 0, parityMissing: 0 }
  #pass: ScrubPass | null = null
  #isAsked = false
  #isStopped = false
  #running: Promise<void> | null = null

  /** Throws DiskError. */
  constructor(parts: ScrubberParts) {
    this.#parts = parts
    const isNew = parts.disk.list(`${parts.directory}/accounts`).length === 0
    this.#record = new ScrubRecord({ ...parts, isNew, failed: (error) => parts.failed?.(error) })
    this.#reading = new ScrubReading({
      ...parts,
      isBusy: () => parts.isBusy(),
      pace: () => this.#pace,
      portion: (step) => this.#portion(step),
    })
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => this.#parts.failed?.(error))
  }

  /** A whole pass, from now on, as fast as it can. */
  run(): void {
    this.#isAsked = true
    this.#record.update({ isPaused: false })
    this.#endPass()
    this.#reading.wake()
  }

  setPaused(isPaused: boolean): void {
    this.#record.update({ isPaused })
    this.#record.save()
    this.#reading.wake()
  }

  /** Resolves when nothing is being read. */
  async stop(): Promise<void> {
    const isFirst = !this.#isStopped
    this.#isStopped = true
    this.#reading.stop()
    await this.#running
    if (isFirst) await this.#record.close()
  }

  get status(): ScrubStatus {
    const { head, accounts, oldestMs } = this.#record
    const counts = { ...this.#counts, bytesLeft: this.#pass?.bytesLeft ?? head.bytesLeft }
    return { ...scrubStatus(head, accounts.values(), this.#record.now()), ...counts, oldestMs, state: this.#state }
  }

  get #state(): ScrubState {
    if (this.#record.head.isPaused) return 'paused'
    if (this.#parts.everyMs === null && !this.#isAsked) return 'off'
    if (this.#pass === null) return 'resting'
    if (this.#pace.waitMs === 0) return 'hurrying'
    return this.#reading.isWaiting ? 'waiting' : 'reading'
  }

  get #pace(): Pace {
    const { everyMs } = this.#parts
    const { head, oldestMs } = this.#record
    if (this.#isAsked) return ASKED_PACE
    if (everyMs === null || this.#pass === null) return FIRST_PACE
    const sincePassMs = this.#record.now() - head.passBegan
    return paceOf({ everyMs, oldestMs, sincePassMs, bytesLeft: this.#pass.bytesLeft })
  }

  async #run(): Promise<void> {
    if (!this.#isAsked) await this.#reading.sleep(START_MS)
    while (!this.#isStopped) {
      try {
        if (await this.#readNext()) continue
        this.#record.keepTime()
        await this.#reading.sleep(REST_MS)
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        this.#parts.failed?.(error)
        await this.#reading.sleep(RETRY_MS)
      }
    }
  }

  get #mayRead(): boolean {
    return !this.#isStopped && !this.#record.head.isPaused && (this.#parts.everyMs !== null || this.#isAsked)
  }

  /** False if there is nothing to read now. Throws DiskError. */
  async #readNext(): Promise<boolean> {
    if (!this.#mayRead) return false
    if (this.#pass === null) {
      await this.#findAccounts()
      if (!this.#isPassDue) return this.#readNew()
      await this.#beginPass()
    }
    const pass = this.#pass
    const next = pass?.next ?? null
    if (pass === null) return false
    if (next === null) this.#endPass(true)
    else if ((await this.#tryToRead(next)) !== 'left') pass.done(next)
    return true
  }

  /** Accounts that came, and that went. */
  #findAccounts(): Promise<void> {
    return findAccounts({ ...this.#parts, record: this.#record }, (id) => {
      this.#counts.unrepairable++
      return this.#parts.gone(id)
    })
  }

  get #isPassDue(): boolean {
    const { everyMs } = this.#parts
    const { passBegan, passEnded } = this.#record.head
    if (this.#isAsked || passEnded === 0) return true
    if (everyMs === null || this.#record.now() - passBegan < everyMs * PASS_PART) return false
    return (this.#record.oldestMs ?? Number.POSITIVE_INFINITY) >= everyMs * PASS_PART
  }

  /** Also goes on with one that was interrupted. Throws DiskError. */
  async #beginPass(): Promise<void> {
    const { disk, directory } = this.#parts
    const { pass: number, passEnded } = this.#record.head
    if (number === 0 || passEnded > 0) {
      const passBegan = this.#record.now()
      this.#record.update({ pass: number + 1, passBegan, passEnded: 0, bytesDone: 0, place: null })
      this.#counts.parityMissing = 0
    }
    const pass = await planPass(disk, directory, this.#record, () => this.#isStopped)
    if (pass === null) return
    this.#pass = pass
    this.#save()
  }

  #endPass(isWhole = false): void {
    const { pass } = this.#record.head
    this.#save()
    this.#pass = null
    this.#record.update({ place: null, bytesLeft: 0, passEnded: pass > 0 ? this.#record.now() : 0 })
    if (isWhole) this.#isAsked = false
    this.#record.save(true)
  }

  /** Accounts that came after the pass: what is new is read once soon. */
  async #readNew(): Promise<boolean> {
    const [next] = inOrder([...this.#record.accounts].filter(([, { isRead }]) => !isRead))
    return next !== undefined && (await this.#tryToRead(next)) === 'read'
  }

  /** `failed`: it cannot be read at all; that is damage, and it stays unread until the next pass. */
  async #tryToRead(subject: ScrubSubject): Promise<'read' | 'left' | 'failed'> {
    for (let tries = 1; ; tries++) {
      try {
        return (await (subject === 'own' ? this.#readOwn() : this.#readAccount(subject))) ? 'read' : 'left'
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        this.#parts.failed?.(error)
        if (tries === TRIES) break
        await this.#reading.sleep(RETRY_MS)
        if (!this.#mayRead) return 'left'
      }
    }
    const state = subject === 'own' ? undefined : this.#record.accounts.get(subject)
    if (subject !== 'own' && state !== undefined) this.#record.keep(subject, { ...state, isDamaged: true })
    return 'failed'
  }

  async #readOwn(): Promise<boolean> {
    const mayGoOn = this.#thisPass()
    if (!(await this.#reading.turn(mayGoOn))) return false
    const began = this.#record.now()
    for (let tries = 1; ; tries++) {
      const findings = await this.#reading.item({ kind: 'own' }, mayGoOn)
      if (findings === null) return false
      // It may have been written meanwhile.
      if (findings.own.length > 0 && tries < TRIES) {
        await this.#reading.sleep(AGAIN_MS)
        continue
      }
      if (findings.own.length > 0) this.#count(await this.#parts.repairOwn(findings.own))
      this.#record.update({ ownSince: began })
      this.#save(true)
      return true
    }
  }

  async #readAccount(id: AccountId): Promise<boolean> {
    const { place } = this.#record.head
    const mayGoOn = this.#thisPass()
    if (!(await this.#reading.turn(mayGoOn))) return false
    const parts = {
      ...this.#parts,
      account: (account: AccountId) => this.#parts.account(account),
      readItem: (item: ScrubItem) => this.#reading.item(item, mayGoOn),
      repairOwn: async (faults: readonly OwnFault[]) => this.#count(await this.#parts.repairOwn(faults)),
      repair: async (account: AccountId, segment: Seq | null) =>
        this.#count(await this.#parts.repair(account, segment)),
      missingParity: (account: AccountId) => {
        if (this.#parts.missingParity(account)) this.#counts.parityMissing++
      },
      reached: (reached: ScrubPlace) => {
        this.#record.update({ place: reached })
        this.#save()
      },
    }
    const began = this.#record.now()
    const fresh: ScrubPlace = { account: id, began, segment: null, next: 0, slots: 0, isDamaged: false }
    const from = place?.account === id ? place : fresh
    const read = await scrubAccount(parts, from)
    if (read === null) return false
    this.#record.keep(id, { since: from.began, isRead: true, isDamaged: read.isDamaged })
    this.#record.update({ place: null })
    this.#save(true)
    return true
  }

  /** Whether what is being read now is still wanted. */
  #thisPass(): () => boolean {
    const pass = this.#pass
    return () => {
      this.#record.keepTime()
      return this.#mayRead && this.#pass === pass
    }
  }

  #portion({ bytes, isDirect }: ScrubStep): void {
    this.#pass?.read(bytes)
    if (bytes > 0 && isDirect !== this.#record.head.isDirect) this.#record.update({ isDirect })
  }

  #count(outcome: RepairOutcome): RepairOutcome {
    if (outcome === 'repaired' || outcome === 'unrepairable') this.#counts[outcome]++
    return outcome
  }

  #save(durably = false): void {
    if (this.#pass !== null) {
      const { bytesDone, bytesLeft } = this.#pass
      this.#record.update({ bytesDone, bytesLeft })
    }
    this.#record.save(durably)
  }
}
