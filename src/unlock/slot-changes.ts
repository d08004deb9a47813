// Changes of what opens an account, by its owner: one at a time for each account, so that two at once do not revoke each other's slots. What was revoked
// ends its sessions before that is acknowledged.

import type { AccountId } from '#base/ids.ts'
import type { AccountLog } from '#account/account-log.ts'
import {
  type AppPasswordRequest,
  type NewAppPassword,
  addAppPassword,
  revokeAppPassword,
} from '#account/app-passwords.ts'
import { type NewPasskey, addPasskey, revokePasskey } from '#account/passkeys.ts'
import { type NewPassword, type SlotChange, SlotNotProvenError, changePassword } from '#account/slots.ts'
import type { RootSecret } from '#keys/root.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Clock } from '#platform/clock.ts'
import type { Seats } from './seats.ts'
import type { UnlockedAccounts } from './unlocked-accounts.ts'

export interface SlotChangesParts {
  readonly accounts: UnlockedAccounts
  readonly clock: Clock
  log(account: AccountId): AccountLog
  reader(account: AccountId): LogReader
}

export class SlotChanges {
  readonly #parts: SlotChangesParts
  /** The last change of each account that has one under way. */
  readonly #last = new Map<AccountId, Promise<unknown>>()

  constructor(parts: SlotChangesParts) {
    this.#parts = parts
  }

  /** Runs `work` alone, with a root secret that stays even if the account is locked meanwhile. */
  async exclusively<T>(account: AccountId, root: RootSecret, work: (change: SlotChange) => Promise<T>): Promise<T> {
    const copy = root.copy()
    const before = this.#last.get(account) ?? Promise.resolve()
    const run = before.then(async () => {
      using own = copy
      using reader = this.#parts.reader(account)
      return await work({ log: this.#parts.log(account), reader, clock: this.#parts.clock, root: own })
    })
    const settled = run.then(
      () => undefined,
      () => undefined,
    )
    this.#last.set(account, settled)
    try {
      return await run
    } finally {
      if (this.#last.get(account) === settled) this.#last.delete(account)
    }
  }

  /** Throws LedgerRefusedError, SlotNotProvenError. */
  addAppPassword(
    account: AccountId,
    root: RootSecret,
    request: AppPasswordRequest,
    salt: Uint8Array,
  ): Promise<NewAppPassword | 'tooMany'> {
    return this.exclusively(account, root, (change) => addAppPassword(change, request, salt))
  }

  /** The name of its slot. Throws LedgerRefusedError, SlotNotProvenError. */
  addPasskey(
    account: AccountId,
    root: RootSecret,
    passkey: NewPasskey,
    prf: Uint8Array,
    salt: Uint8Array,
  ): Promise<Buffer | 'tooMany'> {
    return this.exclusively(account, root, (change) => addPasskey(change, passkey, prf, salt))
  }

  /** False if there is no such app password. Throws LedgerRefusedError. */
  revokeAppPassword(account: AccountId, root: RootSecret, name: Uint8Array): Promise<boolean> {
    return this.#revoke(account, root, name, revokeAppPassword)
  }

  /** False if there is no such passkey. Throws LedgerRefusedError. */
  revokePasskey(account: AccountId, root: RootSecret, name: Uint8Array): Promise<boolean> {
    return this.#revoke(account, root, name, revokePasskey)
  }

  async #revoke(
    account: AccountId,
    root: RootSecret,
    name: Uint8Array,
    revoke: (change: SlotChange, name: Uint8Array) => Promise<boolean>,
  ): Promise<boolean> {
    let isFound: boolean
    try {
      isFound = await this.exclusively(account, root, (change) => revoke(change, name))
    } catch (error) {
      // Otherwise nobody knows whether it was revoked: those who are in may come again.
      if (!(error instanceof LedgerRefusedError)) this.#end(account, name)
      throw error
    }
    if (isFound) this.#end(account, name)
    return isFound
  }

  #end(account: AccountId, name: Uint8Array): void {
    this.#parts.accounts.get(account)?.revoked(Buffer.from(name).toString('hex'))
  }

  /** Sessions that came in by the old password end; `asker`, which is one of them, goes on. Throws LedgerRefusedError, SlotNotProvenError. */
  async changePassword(
    account: AccountId,
    root: RootSecret,
    password: NewPassword,
    asker: Seats | null = null,
  ): Promise<void> {
    await this.exclusively(account, root, (change) => this.replacePassword(change, password, asker))
  }

  /** The same as a part of a change that runs alone. */
  async replacePassword(change: SlotChange, password: NewPassword, asker: Seats | null = null): Promise<void> {
    let slot: string | null = null
    try {
      slot = (await changePassword(change, password)).toString('hex')
    } catch (error) {
      // Nothing was changed; otherwise nobody knows: those who are in may come again.
      if (error instanceof LedgerRefusedError || error instanceof SlotNotProvenError) throw error
      this.#parts.accounts.get(change.reader.account)?.passwordChanged(null, null)
      throw error
    }
    this.#parts.accounts.get(change.reader.account)?.passwordChanged(slot, asker)
  }
}
