// What opens an account, as its owner sees and changes it in a session of JMAP: with the owner's own password, asked for again and throttled as logins
// are, since whoever has got hold of a session should not find the password out by it.

import type { LoginThrottle } from '#gate/login-throttle.ts'
import { CommitRefusedError } from '#account/account.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { type InventorySlot, openedInventory } from '#account/slot-inventory.ts'
import { readSlots } from '#account/slots.ts'
import type { JmapKeys, OwnerKeys } from '#jmap/engine.ts'
import type { AccountId } from '#base/ids.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import type { LogReader } from '#ledger/reader.ts'
import { sleep } from '#platform/clock.ts'
import type { IdleWipe } from './idle-wipe.ts'
import type { SlotChanges } from '#unlock/slot-changes.ts'
import type { UnlockedAccount } from '#unlock/unlocked-account.ts'
import type { LoginFacts, UnlockedAccounts } from '#unlock/unlocked-accounts.ts'
import type { UseNotes } from '#unlock/use-notes.ts'

export interface VaultKeysParts {
  readonly accounts: UnlockedAccounts
  readonly changes: SlotChanges
  readonly notes: UseNotes
  readonly throttle: LoginThrottle
  /** Passwords were in memory as text, which nobody can wipe by itself. */
  readonly wiping: IdleWipe
  reader(account: AccountId): LogReader
  /** Null: the directory cannot be asked now. */
  facts(login: Uint8Array): Promise<LoginFacts | null>
}

const PLACE = 'session'
/** Whoever would wait longer is told to come again. */
const WAIT_MAX_MS = 5_000

export function inventoryOf(
  { reader }: Pick<VaultKeysParts, 'reader'>,
  { id, root }: UnlockedAccount,
  account: OpenAccount,
): InventorySlot[] {
  using log = reader(id)
  return openedInventory(readSlots(log), root, id, (key) => account.setting(key))
}

export function keysOf(parts: VaultKeysParts, unlocked: UnlockedAccount, account: OpenAccount): JmapKeys {
  return {
    slots: () => inventoryOf(parts, unlocked, account),
    asOwner: (password) => asOwner(parts, unlocked, account, password).finally(() => parts.wiping.touch()),
  }
}

async function asOwner(
  parts: VaultKeysParts,
  { id, address }: UnlockedAccount,
  account: OpenAccount,
  password: Uint8Array,
): ReturnType<JmapKeys['asOwner']> {
  const attempt = parts.throttle.attempt(Buffer.from(id), PLACE)
  if (attempt.waitMs === null || attempt.waitMs > WAIT_MAX_MS) return 'rateLimit'
  if (attempt.waitMs > 0) await sleep(attempt.waitMs)
  const facts = await parts.facts(Buffer.from(address))
  if (facts?.account !== id) return 'unavailable'
  const login = await parts.accounts.login(facts, password, 'owner')
  if (login === null) {
    attempt.failed()
    return 'wrongPassword'
  }
  attempt.succeeded()
  return ownerKeys(parts, login.unlocked, account, facts)
}

function ownerKeys(
  { changes, notes }: VaultKeysParts,
  { id, root }: UnlockedAccount,
  account: OpenAccount,
  { address, salt }: LoginFacts,
): OwnerKeys {
  return {
    async addAppPassword(request) {
      const made = await orRefused(changes.addAppPassword(id, root, request, salt))
      return made === 'tooMany' ? made : { id: made.name.toString('hex'), password: made.password }
    },
    async revokeAppPassword(slot) {
      const isFound = await orRefused(changes.revokeAppPassword(id, root, Buffer.from(slot, 'hex')))
      if (isFound) await notes.forget(account, slot)
      return isFound
    },
    changePassword: (changed) => orRefused(changes.changePassword(id, root, { address, password: changed, salt })),
  }
}

/** Throws CommitRefusedError. */
async function orRefused<T>(change: Promise<T>): Promise<T> {
  try {
    return await change
  } catch (error) {
    if (error instanceof LedgerRefusedError) throw new CommitRefusedError(error.reason, { cause: error })
    throw error
  }
}
