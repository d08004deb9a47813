// Adding and revoking app passwords (docs/formats/keys.md §2). Like a change of the password: what is added is durable and proven to open the account
// before its owner is shown it, and what is revoked opens nothing any more when that is acknowledged. Cut short in between, the log has at most an app
// password that nobody knows, which the inventory shows and its owner revokes; what opened the account before opens it still.

import { wipe } from '#base/bytes.ts'
import { type AppPasswordScope, generateAppPassword, protocolsOfAccess } from '#keys/app-password.ts'
import { slotIsAuthentic } from '#keys/slot.ts'
import { makeAppPasswordSlot, openPasswordSlot } from '#keys/stretched-slot.ts'
import { isSlotLabel } from './slot-label.ts'
import { type SlotChange, SlotNotProvenError, addProvenSlot, readSlots, revokeSlots } from './slots.ts'

export { APP_ACCESSES, APP_PROTOCOLS, type AppAccess, type AppProtocol, protocolsOfAccess } from '#keys/app-password.ts'

export const APP_PASSWORDS_MAX = 64
/** A hundred years: what would be longer is for ever. */
const LIFETIME_MS_MAX = 100 * 366 * 86_400_000

export interface AppPasswordRequest {
  /** What its owner calls it. */
  readonly label: string
  readonly scope: AppPasswordScope
}

export interface NewAppPassword {
  /** Of its slot. */
  readonly name: Buffer
  /** To be shown once; the caller wipes it. */
  readonly password: Buffer
}

/** Why it cannot be made as it is asked for; null if it can. */
export function appPasswordProblem(
  { label, scope }: AppPasswordRequest,
  now: number,
): 'label' | 'protocols' | 'expires' | null {
  if (!isSlotLabel(label)) return 'label'
  const { protocols, access, expires } = scope
  const allowed = protocolsOfAccess(access)
  if (protocols.length === 0 || !protocols.every((protocol) => allowed.includes(protocol))) return 'protocols'
  const isTime =
    expires === null || (Number.isSafeInteger(expires) && expires > now && expires <= now + LIFETIME_MS_MAX)
  return isTime ? null : 'expires'
}

/** `salt`: the directory's for the account's login name. Throws LedgerRefusedError, SlotNotProvenError. */
export async function addAppPassword(
  change: SlotChange,
  request: AppPasswordRequest,
  salt: Uint8Array,
): Promise<NewAppPassword | 'tooMany'> {
  const { reader, root, clock } = change
  // Forged ones, which open nothing, keep nobody from making one.
  const own = readSlots(reader).filter(
    (slot) => slot.kind === 'appPassword' && slotIsAuthentic(root, reader.account, slot),
  )
  const count = own.length
  if (count >= APP_PASSWORDS_MAX) return 'tooMany'
  const password = generateAppPassword()
  let isProven = false
  try {
    const slot = await makeAppPasswordSlot(root, reader.account, password, salt, request, clock.now())
    try {
      await addProvenSlot(change, slot, (slots) => openPasswordSlot(slots, reader.account, password, salt))
    } catch (error) {
      // It is of no use to anybody.
      if (error instanceof SlotNotProvenError) await revokeSlots(change, [slot.name])
      throw error
    }
    isProven = true
    return { name: slot.name, password }
  } finally {
    if (!isProven) wipe(password)
  }
}

/** It opens nothing any more when it resolves; false if there is no such app password. Throws LedgerRefusedError. */
export async function revokeAppPassword(change: SlotChange, name: Uint8Array): Promise<boolean> {
  const slot = readSlots(change.reader).find((slot) => slot.kind === 'appPassword' && slot.name.equals(name))
  if (slot === undefined) return false
  await revokeSlots(change, [slot.name])
  return true
}
