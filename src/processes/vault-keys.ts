// What opens an account, as its owner sees and changes it in a session of JMAP: with the owner's own password, asked for again.

import { CommitRefusedError } from '#account/account.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { type InventorySlot, openedInventory } from '#account/slot-inventory.ts'
import { readSlots } from '#account/slots.ts'
import type { JmapKeys, OwnerKeys } from '#jmap/engine.ts'
import type { AccountId } from '#base/ids.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { IdleWipe } from './idle-wipe.ts'
import { Seats } from '#unlock/seats.ts'
import type { SlotChanges } from '#unlock/slot-changes.ts'
import type { UnlockedAccount } from '#unlock/unlocked-account.ts'
import type { LoginFacts } from '#unlock/unlocked-accounts.ts'
import type { UseNotes } from '#unlock/use-notes.ts'
import { type SessionOwnerParts, proveOwner } from './session-owner.ts'
import type { VaultPasskeys } from './vault-passkeys.ts'

export interface VaultKeysParts extends SessionOwnerParts {
  readonly changes: SlotChanges
  readonly notes: UseNotes
  readonly passkeys: VaultPasskeys
  /** Passwords were in memory as text, which nobody can wipe by itself. */
  readonly wiping: IdleWipe
  reader(account: AccountId): LogReader
}

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
  const owner = await proveOwner(parts, id, address, password)
  return typeof owner === 'string' ? owner : ownerKeys(parts, owner.unlocked, account, owner.facts)
}

function ownerKeys(
  { changes, notes, passkeys, wiping }: VaultKeysParts,
  { id, root }: UnlockedAccount,
  account: OpenAccount,
  facts: LoginFacts,
): OwnerKeys {
  const { address, salt } = facts
  const noted = (slot: string, counter: number): Promise<void> => notes.made(account, slot, counter)
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
    beginPasskey: () => passkeys.begin({ id, root, facts }),
    addPasskey: (made) => orRefused(passkeys.add({ id, root, facts }, made, noted)).finally(() => wiping.touch()),
    async revokePasskey(slot) {
      const isFound = await orRefused(changes.revokePasskey(id, root, Buffer.from(slot, 'hex')))
      if (isFound) await notes.forget(account, slot)
      return isFound
    },
    changePassword(changed, { origin }) {
      const asker = origin instanceof Seats ? origin : null
      return orRefused(changes.changePassword(id, root, { address, password: changed, salt }, asker))
    },
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
