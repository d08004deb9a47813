// One account whose key this process holds: opened when somebody uses it, shared by all who do, and opened anew after a fault. It ends by `lock`:
// then its sessions end, the index is closed, and what it held is wiped.

import type { AccountId } from '#base/ids.ts'
import type { OpenAccount } from '#account/open-account.ts'
import type { Progress } from '#account/catch-up.ts'
import { IndexBusyError } from '#account/index-database.ts'
import { type Clock, sleep } from '#platform/clock.ts'
import type { RootSecret } from '#keys/root.ts'
import { Admission, type AdmittedSlot } from './admission.ts'
import type { EndReason } from './end-reason.ts'
import { IndexWork, IndexWorkStoppedError, type RebuildProgress } from './index-work.ts'
import { LOCK_SETTING, type LockPolicy, lockPolicyOf } from './lock-policy.ts'
import { PasswordMemo } from './password-memo.ts'
import type { Seats } from './seats.ts'

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

/** What opening an account tells, and is told. */
export interface OpeningControl {
  /** How far the index is. */
  progress(progress: Progress): void
  /** The index was made again. */
  rebuilt(): void
  readonly signal: AbortSignal
}

export interface RebuildControl {
  progress(progress: Progress): void
  /** As `UnlockedAccount.whileClosed`. */
  whileClosed(work: () => Promise<void>): Promise<void>
  /** The account as it is open now; null if it is not. */
  opened(): OpenAccount | null
  readonly signal: AbortSignal
}

export interface UnlockedAccountParts {
  readonly clock: Clock
  readonly id: AccountId
  readonly address: string
  /** Belongs to this from now on. */
  readonly root: RootSecret
  readonly open: (root: RootSecret, control: OpeningControl) => Promise<OpenAccount>
  /** An account failed while it was open, or could not be closed; or nobody waits any more for one that cannot be opened. */
  readonly fault: (error: unknown) => void
  /** The last lease has gone. */
  readonly unused: () => void
  /** Nobody who logs in is left without a word for longer than this. */
  readonly patienceMs?: number
}

/** Opening takes long, as the index is made again. It goes on; whoever wants the account comes again. */
export class AccountOpeningError extends Error {
  override name = 'AccountOpeningError'
  readonly progress: RebuildProgress

  constructor(progress: RebuildProgress) {
    super('the index is being made again')
    this.progress = progress
  }
}

const PATIENCE_MS = 4_000
/** Of those who come while others have waited in vain, as a part of that. */
const NEXT_PATIENCE = 1 / 8

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
  /** What that has resolved with. */
  #opened: OpenAccount | null = null
  #closing: Promise<void> = Promise.resolve()
  #isLocked = false
  /** Of opening the account, and of making its index again beside that. */
  #opening: IndexWork | null = null
  #rebuilding: IndexWork | null = null

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

  /** By somebody, or as its index is being made. */
  get isInUse(): boolean {
    return this.#holders.size > 0 || this.#opening !== null || this.#rebuilding !== null
  }

  /** How far the index is that is being made again; null if none is. */
  get rebuildProgress(): RebuildProgress | null {
    return this.#rebuilding?.progress ?? this.#opening?.progress ?? null
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

  /**
   * The owner's password is in that slot now (null: nobody knows): whoever came in by another ends, but for `asker`, who has changed it and goes on with the
   * new one.
   */
  passwordChanged(slot: string | null, asker: Seats | null): void {
    this.passwords.forget()
    // Whoever came in by a passkey goes on with that.
    if (slot !== null && asker?.admission.by === 'password') asker.moveTo(this.admit({ slot, scope: null }))
    for (const admission of this.#admissions.values()) {
      if (admission.by === 'password' && admission.slot !== slot) admission.end('changed')
    }
  }

  /** As it is open now; null if it is not. Whoever asks has no right to it: it may be closed at any time. */
  async opened(): Promise<OpenAccount | null> {
    return (await this.#open?.catch(() => null)) ?? null
  }

  /** Throws AccountOpeningError, and what opening the account throws. */
  async lease(holder: LeaseHolder): Promise<Lease> {
    this.#holders.add(holder)
    try {
      this.#open ??= this.#openNow()
      const account = await this.#inTime(this.#open)
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

  /**
   * Makes the index again, while the account is in use as long as that is possible. One that is being made already is enough. Resolves when it has replaced
   * the old one; `told` is told how far it is. `signal` ends the waiting, and the work if nobody else waits for it; what was made is kept. Throws the
   * signal's reason, and what `build` or opening throws.
   */
  async rebuild(
    build: (root: RootSecret, control: RebuildControl) => Promise<void>,
    told: (progress: RebuildProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const known = this.#rebuilding ?? this.#opening
    if (known !== null && (await known.follow(told, signal))) return
    if (this.#isLocked) throw new IndexWorkStoppedError('the account is being closed')
    if (this.#rebuilding !== null) return this.rebuild(build, told, signal)
    const work = new IndexWork(this.#parts.clock, true)
    this.#rebuilding = work
    const control: RebuildControl = {
      progress: (progress) => work.tell(progress),
      whileClosed: (closed) => this.whileClosed(closed),
      opened: () => this.#opened,
      signal: work.signal,
    }
    const running = work.run(async () => {
      try {
        await build(this.root, control)
        work.rebuilt()
      } finally {
        this.#rebuilding = null
        this.#tellIfUnused()
      }
    })
    // Those who follow are told.
    running.catch(() => undefined)
    await work.follow(told, signal)
  }

  /** Resolves when nothing of it is left. */
  async lock(reason: EndReason): Promise<void> {
    this.#isLocked = true
    const works = [this.#opening, this.#rebuilding].filter((work) => work !== null)
    for (const work of works) work.stop()
    await Promise.all(works.map((work) => work.over))
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
    this.#opened = null
    const holders = [...this.#holders]
    this.#holders.clear()
    const ends = Promise.all(holders.map((holder) => holder.end(reason)))
    if (open !== null)
      this.#closing = this.#closeAfter(Promise.all([this.#closing, Promise.race([ends, sleep(END_MS)])]), open)
    return this.#closing
  }

  async #openNow(): Promise<OpenAccount> {
    const work = new IndexWork(this.#parts.clock)
    this.#opening = work
    try {
      const account = await work.run(() => this.#openBy(work))
      this.#opened = account
      this.#policy = lockPolicyOf(account.setting(LOCK_SETTING))
      void account.failed.then((cause) => {
        this.#parts.fault(cause)
        return this.close('failed')
      })
      return account
    } catch (error) {
      this.#open = null
      if (this.#holders.size === 0 && !this.#isLocked) this.#parts.fault(error)
      throw error
    } finally {
      this.#opening = null
      this.#tellIfUnused()
    }
  }

  async #openBy(work: IndexWork): Promise<OpenAccount> {
    const control: OpeningControl = {
      progress: (progress) => work.tell(progress),
      rebuilt: () => work.rebuilt(),
      signal: work.signal,
    }
    await this.#closing
    work.signal.throwIfAborted()
    try {
      return await this.#parts.open(this.root, control)
    } catch (error) {
      // Of no use, while another is being made: that is waited for.
      const rebuilding = this.#rebuilding
      if (!(error instanceof IndexBusyError) || rebuilding === null) throw error
      await rebuilding.over
      await this.#closing
      work.signal.throwIfAborted()
      return await this.#parts.open(this.root, control)
    }
  }

  /** Throws AccountOpeningError if it takes long. */
  async #inTime(open: Promise<OpenAccount>): Promise<OpenAccount> {
    // Who has stopped waiting is not told any more.
    open.catch(() => undefined)
    const longMs = this.#parts.patienceMs ?? PATIENCE_MS
    let patienceMs = this.#opening?.isLong === true ? longMs * NEXT_PATIENCE : longMs
    for (;;) {
      const opened = await Promise.race([open, sleep(patienceMs)])
      if (opened !== undefined) return opened
      const progress = this.rebuildProgress
      if (this.#opening !== null) this.#opening.isLong = true
      if (progress !== null) throw new AccountOpeningError(progress)
      patienceMs = longMs * NEXT_PATIENCE
    }
  }

  /** Who might lock it was told that it is in use. */
  #tellIfUnused(): void {
    if (!this.isInUse && !this.#isLocked) this.#parts.unused()
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
    if (this.#holders.delete(holder)) this.#tellIfUnused()
  }
}
