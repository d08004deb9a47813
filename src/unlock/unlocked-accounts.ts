// The accounts that this process has unlocked: login opens a key slot, use keeps it unlocked, and when nobody has used it for the grace time it is
// locked again, unless its owner chose otherwise.

import { wipe } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { readSlots } from '#account/slots.ts'
import type { RootSecret } from '#keys/root.ts'
import { meantAppPassword } from '#keys/app-password.ts'
import type { AppPasswordScope } from '#keys/app-password.ts'
import { type Slot, slotIsAuthentic } from '#keys/slot.ts'
import { openSlotProperties } from '#keys/slot-properties.ts'
import { type OpenedSlot, openStretchedPassword, stretchPassword } from '#keys/stretched-slot.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import { ArgonQueue, BusyError } from './argon-queue.ts'
import { type Admission, type AdmittedSlot, type LoginUse, refusalFor } from './admission.ts'
import type { EndReason } from './end-reason.ts'
import { IndexWorkStoppedError } from './index-work.ts'
import { type Lease, type LeaseHolder, type OpeningControl, UnlockedAccount } from './unlocked-account.ts'

/** What the directory says of a login name. */
export interface LoginFacts {
  /** Null: nobody has the name; trying takes as long. */
  readonly account: AccountId | null
  /** The main address. */
  readonly address: string
  readonly salt: Uint8Array
}

export interface NotAdmitted {
  readonly account: AccountId
  /** Its name in hexadecimal digits. */
  readonly slot: string
  readonly use: LoginUse
  /**
   * `forged`: the slot was not written by anybody who had opened the account, or says nothing that can be understood. `counter`: a passkey's authenticator
   * has counted less than it had before.
   */
  readonly why: 'protocol' | 'expired' | 'forged' | 'counter'
}

/** Somebody who was let in. */
export interface Login {
  readonly unlocked: UnlockedAccount
  readonly admission: Admission
}

export interface UnlockParts {
  readonly clock: Clock
  readonly graceMs: number
  reader(account: AccountId): LogReader
  open(address: string, reader: LogReader, root: RootSecret, control: OpeningControl): Promise<OpenAccount>
  fault(account: AccountId, error: unknown): void
  /** A name or a password was wrong, or the password was not let in. */
  refused(): void
  /** A password was right, and was not let in all the same. Whoever tried it is not told. */
  notAdmitted(what: NotAdmitted): void
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

  /**
   * Null: name or password is wrong, or the password is not for this use; whichever it is takes as long. What is let in is over as soon as its slot
   * is revoked: look at it again after every wait before its session begins. Throws BusyError.
   */
  async login({ account, address, salt }: LoginFacts, password: Uint8Array, use: LoginUse): Promise<Login | null> {
    const known = account === null ? null : this.get(account)
    const remembered = known?.passwords.find(password) ?? null
    if (known !== null && remembered !== null && this.#refusal(remembered, use) === null) {
      return { unlocked: known, admission: remembered }
    }
    const meant = meantAppPassword(password)
    try {
      for (const candidate of meant === null ? [password] : [password, meant]) {
        const stretched = await this.#argon.run(() => stretchPassword(candidate, salt))
        if (stretched === null) continue
        // Nobody waits from here to the admission: what is revoked before is not found, and what is revoked after it ends.
        using opened = this.#open(account ?? NOBODY, stretched)
        if (opened === null) continue
        const admitted = this.#admitted(opened, account ?? NOBODY, use)
        if (admitted === null) break
        const unlocked = this.unlock(account ?? NOBODY, address, opened.root.copy())
        const admission = unlocked.admit(admitted)
        unlocked.passwords.remember(password, admission)
        return { unlocked, admission }
      }
    } finally {
      wipe(meant)
    }
    this.#parts.refused()
    return null
  }

  /**
   * Somebody whom `open` lets in: it verifies a passkey, and opens its slot. Null: it did not, or the slot is not what its owner wrote. Nobody waits in
   * between: what is revoked before is not found, and what is revoked after it ends.
   */
  loginByPasskey({ account, address }: LoginFacts, open: (slots: readonly Slot[]) => OpenedSlot | null): Login | null {
    using reader = account === null ? null : this.#parts.reader(account)
    const opened = account === null || reader === null ? null : open(readSlots(reader))
    if (account === null || opened === null) {
      this.#parts.refused()
      return null
    }
    using root = opened.root
    const slot = opened.slot.name.toString('hex')
    if (!slotIsAuthentic(root, account, opened.slot)) {
      this.#parts.notAdmitted({ account, slot, use: 'jmap', why: 'forged' })
      this.#parts.refused()
      return null
    }
    const unlocked = this.unlock(account, address, root.copy())
    return { unlocked, admission: unlocked.admit({ slot, scope: null, isPasskey: true }) }
  }

  /** A passkey whose authenticator may have been copied. */
  refuseCounter({ unlocked, admission }: Login): void {
    this.#parts.notAdmitted({ account: unlocked.id, slot: admission.slot, use: 'jmap', why: 'counter' })
    this.#parts.refused()
  }

  /** Wipes `stretched`. */
  #open(account: AccountId, stretched: Buffer): (OpenedSlot & Disposable) | null {
    using reader = account === NOBODY ? null : this.#parts.reader(account)
    const opened = openStretchedPassword(reader === null ? [] : readSlots(reader), account, stretched)
    return opened === null ? null : { ...opened, [Symbol.dispose]: () => opened.root[Symbol.dispose]() }
  }

  /** Null: it opens the account, but is not let in. */
  #admitted({ root, slot }: OpenedSlot, account: AccountId, use: LoginUse): AdmittedSlot | null {
    const name = slot.name.toString('hex')
    const scope = slot.kind === 'password' ? null : scopeOf(root, account, slot)
    if (scope === undefined || !slotIsAuthentic(root, account, slot)) {
      this.#parts.notAdmitted({ account, slot: name, use, why: 'forged' })
      return null
    }
    const admitted = { slot: name, scope }
    const why = this.#refusal(admitted, use)
    if (why === null) return admitted
    this.#parts.notAdmitted({ account, slot: name, use, why })
    return null
  }

  #refusal(admitted: AdmittedSlot, use: LoginUse): 'protocol' | 'expired' | null {
    return refusalFor(admitted, use, this.#parts.clock.now())
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
      clock: this.#parts.clock,
      id: account,
      address,
      root,
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

/** Undefined: of an app password of which nobody can say what it is for. */
function scopeOf(root: RootSecret, account: AccountId, { properties }: Slot): AppPasswordScope | undefined {
  return properties === null ? undefined : openSlotProperties(root, account, properties)?.scope
}
