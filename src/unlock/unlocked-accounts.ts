// The accounts that this process has unlocked: login opens a key slot, use keeps it unlocked, and when nobody has used it for the grace time it is
// locked again, unless its owner chose otherwise.

import type { AccountId } from '#base/ids.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { readSlots } from '#account/slots.ts'
import type { RootSecret } from '#keys/root.ts'
import { openPasswordSlot } from '#keys/stretched-slot.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import { ArgonQueue, BusyError } from './argon-queue.ts'
import { IndexWorkStoppedError } from './index-work.ts'
import {
  type EndReason,
  type Lease,
  type LeaseHolder,
  type OpeningControl,
  UnlockedAccount,
} from './unlocked-account.ts'

/** What the directory says of a login name. */
export interface LoginFacts {
  /** Null: nobody has the name; trying takes as long. */
  readonly account: AccountId | null
  /** The main address. */
  readonly address: string
  readonly salt: Uint8Array
}

export interface UnlockParts {
  readonly clock: Clock
  readonly graceMs: number
  reader(account: AccountId): LogReader
  open(address: string, reader: LogReader, root: RootSecret, control: OpeningControl): Promise<OpenAccount>
  fault(account: AccountId, error: unknown): void
  /** A name or a password was wrong. */
  refused(): void
  /** An account was locked; how many are still unlocked. */
  locked(account: AccountId, left: number): void
}

const ARGON_CONCURRENCY = 2
const ARGON_WAITING_MAX = 64
const NOBODY = '0'.repeat(32) as AccountId

interface Entry {
  readonly unlocked: UnlockedAccount
  readonly reader: LogReader
  timer: Timer | null
}

export class UnlockedAccounts {
  readonly #parts: UnlockParts
  readonly #entries = new Map<AccountId, Entry>()
  /** Being locked: their indexes may still be open. */
  readonly #locking = new Map<AccountId, Promise<void>>()
  readonly #argon = new ArgonQueue(ARGON_CONCURRENCY, ARGON_WAITING_MAX)
  #isStopped = false

  constructor(parts: UnlockParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#entries.size
  }

  /** How many indexes are being made again. */
  get rebuilding(): number {
    return [...this.#entries.values()].filter(({ unlocked }) => unlocked.rebuildProgress !== null).length
  }

  ids(): AccountId[] {
    return [...this.#entries.keys()]
  }

  get(account: AccountId): UnlockedAccount | null {
    return this.#entries.get(account)?.unlocked ?? null
  }

  /** Null: name or password is wrong. Throws BusyError. */
  async login({ account, address, salt }: LoginFacts, password: Uint8Array): Promise<UnlockedAccount | null> {
    if (account === null) {
      // The same work as for a name that somebody has.
      await this.#argon.run(() => openPasswordSlot([], NOBODY, password, salt))
      this.#parts.refused()
      return null
    }
    const known = this.get(account)
    if (known?.passwords.knows(password) === true) return known
    const opened = await this.#argon.run(async () => {
      using reader = this.#parts.reader(account)
      return await openPasswordSlot(readSlots(reader), account, password, salt)
    })
    if (opened === null) {
      this.#parts.refused()
      return null
    }
    const unlocked = this.unlock(account, address, opened.root)
    unlocked.passwords.remember(password)
    return unlocked
  }

  /** Takes `root` over. */
  unlock(account: AccountId, address: string, root: RootSecret): UnlockedAccount {
    const known = this.get(account)
    if (known !== null) {
      root[Symbol.dispose]()
      return known
    }
    const reader = this.#parts.reader(account)
    const unlocked = new UnlockedAccount({
      id: account,
      address,
      root,
      clock: this.#parts.clock,
      open: async (secret, control) => {
        await this.#locking.get(account)
        return this.#parts.open(address, reader, secret, control)
      },
      fault: (error) => this.#parts.fault(account, error),
      unused: () => this.#lockLater(account),
    })
    this.#entries.set(account, { unlocked, reader, timer: null })
    // Whoever unlocked it may not come to use it.
    this.#lockLater(account)
    return unlocked
  }

  /** Throws BusyError if it is being locked, AccountOpeningError if it takes long, and what opening the account throws. */
  async lease(unlocked: UnlockedAccount, holder: LeaseHolder): Promise<Lease> {
    if (this.#isStopped || unlocked.isLocked) throw new BusyError('the account is being locked')
    this.#entries.get(unlocked.id)?.timer?.cancel()
    try {
      return await unlocked.lease(holder)
    } catch (error) {
      if (error instanceof IndexWorkStoppedError) throw new BusyError('the account is being locked', { cause: error })
      throw error
    }
  }

  /** Resolves when nothing of the account is left here. */
  async lock(account: AccountId, reason: EndReason = 'locked'): Promise<boolean> {
    const entry = this.#entries.get(account)
    if (entry === undefined) return false
    entry.timer?.cancel()
    this.#entries.delete(account)
    const locking = entry.unlocked.lock(reason)
    this.#locking.set(account, locking)
    await locking
    if (this.#locking.get(account) === locking) this.#locking.delete(account)
    entry.reader[Symbol.dispose]()
    this.#parts.locked(account, this.#entries.size)
    return true
  }

  /** The ledger does not tell any more of new records in these. */
  async lost(accounts: readonly AccountId[]): Promise<void> {
    await Promise.all(accounts.map((account) => this.get(account)?.close('failed') ?? Promise.resolve()))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all([...this.#entries.keys()].map((account) => this.lock(account, 'stopped')))
  }

  #lockLater(account: AccountId): void {
    const entry = this.#entries.get(account)
    if (entry === undefined) return
    entry.timer?.cancel()
    entry.timer = this.#parts.clock.after(this.#parts.graceMs, () => {
      const { unlocked } = entry
      if (!unlocked.isInUse && unlocked.policy === 'session') void this.lock(account)
    })
  }
}
