// One account whose key this process holds: opened when somebody uses it, shared by all who do, and opened anew after a fault. It ends by `lock`:
// then its sessions end, the index is closed, and what it held is wiped.

import type { AccountId } from '#base/ids.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { type Clock, sleep } from '#platform/clock.ts'
import type { RootSecret } from '#keys/root.ts'
import { Admission, type AdmittedSlot } from './admission.ts'
import type { EndReason } from './end-reason.ts'
import { LOCK_SETTING, type LockPolicy, lockPolicyOf } from './lock-policy.ts'
import { PasswordMemo } from './password-memo.ts'

export interface LeaseHolder {
  /**
   * Once, unless the lease was disposed before. The session ends what is under way, says goodbye, and uses the account no more when the
   * promise resolves; it has `END_MS` for that.
   */
  end(reason: EndReason): Promise<void>
}

/** The right to use an account until it is disposed. */
export interface Lease extends Disposable {
  readonly account: OpenAccount
}

const END_MS = 5_000

export interface UnlockedAccountParts {
  readonly clock: Clock
  readonly id: AccountId
  readonly address: string
  /** Belongs to this from now on. */
  readonly root: RootSecret
  readonly open: (root: RootSecret) => Promise<OpenAccount>
  /** An account failed while it was open, or could not be closed. */
  readonly fault: (error: unknown) => void
  /** The last lease has gone. */
  readonly unused: () => void
}

export class UnlockedAccount {
  readonly id: AccountId
  readonly address: string
  readonly passwords = new PasswordMemo<Admission>()
  readonly root: RootSecret
  readonly #parts: UnlockedAccountParts
  readonly #holders = new Set<LeaseHolder>()
  /** By slot. */
  readonly #admissions = new Map<string, Admission>()
  #policy: LockPolicy = 'session'
  #open: Promise<OpenAccount> | null = null
  #closing: Promise<void> = Promise.resolve()
  #isLocked = false

  constructor(parts: UnlockedAccountParts) {
    this.id = parts.id
    this.address = parts.address
    this.root = parts.root
    this.#parts = parts
  }

  /** As it was chosen when the account was last in use. */
  get policy(): LockPolicy {
    return this.#policy
  }

  get isLocked(): boolean {
    return this.#isLocked
  }

  get isInUse(): boolean {
    return this.#holders.size > 0
  }

  /** All sessions of a slot share one, and end together. */
  admit(admitted: AdmittedSlot): Admission {
    const { slot } = admitted
    const known = this.#admissions.get(slot)
    if (known !== undefined) return known
    const admission = new Admission(admitted, this.#parts.clock, () => {
      this.#admissions.delete(slot)
      this.passwords.forget(admission)
    })
    this.#admissions.set(slot, admission)
    return admission
  }

  /** Its slot was revoked: nobody is let in by it any more, and those who are in go. */
  revoked(slot: string): void {
    this.#admissions.get(slot)?.end('revoked')
  }

  /** As it is open now; null if it is not. Whoever asks has no right to it: it may be closed at any time. */
  async opened(): Promise<OpenAccount | null> {
    return (await this.#open?.catch(() => null)) ?? null
  }

  /** Throws what opening the account throws. */
  async lease(holder: LeaseHolder): Promise<Lease> {
    this.#holders.add(holder)
    try {
      this.#open ??= this.#openNow()
      const account = await this.#open
      return {
        account,
        [Symbol.dispose]: () => {
          this.#policy = lockPolicyOf(account.setting(LOCK_SETTING))
          this.#release(holder)
        },
      }
    } catch (error) {
      this.#release(holder)
      throw error
    }
  }

  /** For work that needs the index for itself: sessions end, and new ones wait. */
  async whileClosed<T>(work: () => Promise<T>): Promise<T> {
    const done = Promise.withResolvers<void>()
    const closed = this.close('failed')
    // Whoever comes from now on waits, also while those who were there end.
    this.#closing = closed.then(() => done.promise)
    await closed
    try {
      return await work()
    } finally {
      done.resolve()
    }
  }

  /** Resolves when nothing of it is left. */
  async lock(reason: EndReason): Promise<void> {
    this.#isLocked = true
    await this.close(reason)
    for (const admission of this.#admissions.values()) admission[Symbol.dispose]()
    this.#admissions.clear()
    this.passwords[Symbol.dispose]()
    this.root[Symbol.dispose]()
  }

  /** Ends its sessions and closes the index; the key stays. */
  close(reason: EndReason): Promise<void> {
    const open = this.#open
    this.#open = null
    const holders = [...this.#holders]
    this.#holders.clear()
    const ends = Promise.all(holders.map((holder) => holder.end(reason)))
    if (open !== null)
      this.#closing = this.#closeAfter(Promise.all([this.#closing, Promise.race([ends, sleep(END_MS)])]), open)
    return this.#closing
  }

  async #openNow(): Promise<OpenAccount> {
    try {
      await this.#closing
      const account = await this.#parts.open(this.root)
      this.#policy = lockPolicyOf(account.setting(LOCK_SETTING))
      void account.failed.then((cause) => {
        this.#parts.fault(cause)
        return this.close('failed')
      })
      return account
    } catch (error) {
      this.#open = null
      throw error
    }
  }

  async #closeAfter(before: Promise<unknown>, open: Promise<OpenAccount>): Promise<void> {
    await before
    try {
      const account = await open
      await account.close()
    } catch (error) {
      this.#parts.fault(error)
    }
  }

  #release(holder: LeaseHolder): void {
    if (this.#holders.delete(holder) && this.#holders.size === 0) this.#parts.unused()
  }
}
