// What opens an account: its key slots, whatever kinds the log holds, with what they say of themselves to who has opened it.

import type { AccountId } from '#base/ids.ts'
import type { AppPasswordScope } from '#keys/app-password.ts'
import type { RootSecret } from '#keys/root.ts'
import { openPasskeyProperties } from '#keys/passkey-properties.ts'
import { type Slot, type SlotKind, slotIsAuthentic } from '#keys/slot.ts'
import { openSlotProperties } from '#keys/slot-properties.ts'
import type { SettingValue } from './operation.ts'
import { type SlotUse, readUse, useSetting } from './slot-use.ts'

export { SLOT_KINDS, type SlotKind } from '#keys/slot.ts'

export interface InventorySlot {
  /** Its name in hexadecimal digits. */
  readonly id: string
  readonly kind: SlotKind
  /** Milliseconds since the Unix epoch. */
  readonly created: number
  /** It opens the account only together with the server secret; null: it is not known of this kind. */
  readonly needsServerSecret: boolean | null
  /** What follows is null of a locked account. */
  readonly opened: OpenedSlotFacts | null
}

interface OpenedSlotFacts {
  /** Null: it says nothing of itself, or nothing that can be understood. */
  readonly label: string | null
  /** Of app passwords. */
  readonly scope: AppPasswordScope | null
  /** Of passkeys. */
  readonly passkey: PasskeyFacts | null
  readonly use: SlotUse
  /** Whoever wrote it had opened the account. One that was forged opens nothing. */
  readonly isAuthentic: boolean
}

interface PasskeyFacts {
  /** The host name that it is for. */
  readonly relyingParty: string
  /** Its provider may copy it to other devices. */
  readonly isSynced: boolean
}

const NEEDS_SERVER_SECRET: Readonly<Record<SlotKind, boolean | null>> = {
  password: true,
  appPassword: true,
  machine: true,
  recoveryCode: false,
  shares: false,
  escrow: false,
  passkey: true,
}

/** The end of the year 9999: a record that nobody has verified may say anything. */
const TIME_MAX = 253_402_300_799_999

/** In the order in which they were added. */
export function lockedInventory(slots: readonly Slot[]): InventorySlot[] {
  return slots.map(({ name, kind, created }) => {
    const written = Math.min(Math.max(created, 0), TIME_MAX)
    return {
      id: name.toString('hex'),
      kind,
      created: written,
      needsServerSecret: NEEDS_SERVER_SECRET[kind],
      opened: null,
    }
  })
}

/** `setting`: of the account. */
export function openedInventory(
  slots: readonly Slot[],
  root: RootSecret,
  account: AccountId,
  setting: (key: string) => SettingValue,
): InventorySlot[] {
  return lockedInventory(slots).map((entry, at) => {
    const slot = slots[at] as Slot
    const properties = slot.properties === null ? null : openSlotProperties(root, account, slot.properties)
    const opened: OpenedSlotFacts = {
      label: properties?.label ?? null,
      scope: properties?.scope ?? null,
      passkey: slot.kind === 'passkey' ? passkeyFacts(root, account, slot) : null,
      use: readUse(setting(useSetting(entry.id))),
      isAuthentic: slotIsAuthentic(root, account, slot),
    }
    return { ...entry, opened }
  })
}

function passkeyFacts(root: RootSecret, account: AccountId, { properties }: Slot): PasskeyFacts | null {
  const known = properties === null ? null : openPasskeyProperties(root, account, properties)
  return known === null ? null : { relyingParty: known.relyingParty, isSynced: known.isBackupEligible }
}
