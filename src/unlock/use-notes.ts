// Notes for the owner, in the account itself, of when an app password or a passkey was used, and of when it was right but was not let in; and how far the
// authenticator of a passkey has counted. Whoever waits for a login does not wait for them, and what cannot be noted is not.

import { CommitRefusedError, CommitInDoubtError } from '#account/account.ts'
import type { OpenAccount } from '#account/open-account.ts'
import type { Operation, SettingValue } from '#account/operation.ts'
import { noteCounter, noteRefusal, noteUse, readUse, useSetting } from '#account/slot-use.ts'
import type { AppProtocol } from '#keys/app-password.ts'
import type { Clock } from '#platform/clock.ts'
import type { Admission } from './admission.ts'
import type { NotAdmitted, UnlockedAccounts } from './unlocked-accounts.ts'

export interface UseNotesParts {
  readonly clock: Clock
  fault(error: unknown): void
}

export class UseNotes {
  readonly #parts: UseNotesParts
  /** Settings that are being written: many connections come at once. */
  readonly #writing = new Set<string>()
  /** What authenticators have counted, by account and slot: what was seen last may not be written yet. */
  readonly #counters = new Map<string, number>()

  constructor(parts: UseNotesParts) {
    this.#parts = parts
  }

  /** A session has begun. */
  used(account: OpenAccount, { slot, by }: Admission, protocol: AppProtocol): void {
    if (by === 'password') return
    const counter = this.#counters.get(`${account.id} ${slot}`)
    void this.#note(account, slot, (kept) => noteUse(slot, kept, protocol, this.#parts.clock.now(), counter))
  }

  /**
   * Whether a passkey's authenticator has gone on counting (Web Authentication Level 3 §6.1.1): one that counts less than before, or as much, is a
   * copy, or there is one. What is true here is not true a second time. `used` writes it down.
   */
  advance(account: OpenAccount, { slot }: Admission, counter: number): boolean {
    const key = `${account.id} ${slot}`
    const last = Math.max(this.#counters.get(key) ?? 0, readUse(account.setting(useSetting(slot))).counter)
    // One that has never counted has nothing to go on from.
    if (counter <= last) return counter === 0 && last === 0
    this.#counters.set(key, counter)
    return true
  }

  /** A passkey was made, and its authenticator had counted so far. */
  made(account: OpenAccount, slot: string, counter: number): Promise<void> {
    if (counter > 0) this.#counters.set(`${account.id} ${slot}`, counter)
    return this.#note(account, slot, (kept) => noteCounter(slot, kept, counter))
  }

  /** In an account that somebody else has unlocked: one that was not let in unlocks nothing. */
  async refused(accounts: UnlockedAccounts, { account: id, slot, use, why }: NotAdmitted): Promise<void> {
    const unlocked = accounts.get(id)
    if (unlocked === null || use === 'owner' || why === 'forged') return
    try {
      using lease = await accounts.lease(unlocked, { end: () => Promise.resolve() })
      const refusal = { protocol: use, why }
      await this.#note(lease.account, slot, (kept) => noteRefusal(slot, kept, refusal, this.#parts.clock.now()))
    } catch (error) {
      this.#parts.fault(error)
    }
  }

  /** It was revoked. */
  forget(account: OpenAccount, slot: string): Promise<void> {
    this.#counters.delete(`${account.id} ${slot}`)
    return this.#note(account, slot, (kept) =>
      kept === null ? null : { kind: 'set', key: useSetting(slot), value: null },
    )
  }

  async #note(account: OpenAccount, slot: string, plan: (kept: SettingValue) => Operation | null): Promise<void> {
    const operation = plan(account.setting(useSetting(slot)))
    const key = `${account.id} ${slot}`
    if (operation === null || this.#writing.has(key)) return
    this.#writing.add(key)
    try {
      await account.commit([operation])
    } catch (error) {
      const isKnown = error instanceof CommitRefusedError || error instanceof CommitInDoubtError
      if (!isKnown) this.#parts.fault(error)
    } finally {
      this.#writing.delete(key)
    }
  }
}
