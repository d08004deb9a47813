// What the administrator's command asks about what opens an account: its inventory, and its app passwords and passkeys, which take the owner's password to be
// made and revoked. A passkey is made by a browser alone.

import { type AccountId, accountIdFromBytes } from '#base/ids.ts'
import { appPasswordProblem } from '#account/app-passwords.ts'
import { type InventorySlot, lockedInventory } from '#account/slot-inventory.ts'
import { readSlots } from '#account/slots.ts'
import type { RootSecret } from '#keys/root.ts'
import { systemClock } from '#platform/clock.ts'
import { KEY_SLOTS_MAX, type VaultAdminRequest, type VaultAdminResponse } from '#protocol/vault.ts'
import { loginAsOwner } from './owner-login.ts'
import type { VaultAdminParts } from './vault-admin.ts'
import { inventoryOf } from './vault-keys.ts'

type Request<K extends VaultAdminRequest['kind']> = Extract<VaultAdminRequest, { kind: K }>

/** Our own are shorter. */
const LABEL_LENGTH_MAX = 256

export function answerKeySlots(
  parts: VaultAdminParts,
  request: Request<'keySlots' | 'addAppPassword' | 'revokeAppPassword' | 'revokePasskey'>,
): Promise<VaultAdminResponse> {
  switch (request.kind) {
    case 'keySlots':
      return inventory(parts, request)
    case 'addAppPassword':
      return add(parts, request)
    case 'revokeAppPassword':
      return revoke(parts, request, (id, root, slot) => parts.changes.revokeAppPassword(id, root, slot))
    case 'revokePasskey':
      return revoke(parts, request, (id, root, slot) => parts.changes.revokePasskey(id, root, slot))
  }
}

async function inventory(parts: VaultAdminParts, { id }: Request<'keySlots'>): Promise<VaultAdminResponse> {
  const account = accountIdFromBytes(id)
  const unlocked = parts.accounts.get(account)
  if (unlocked === null) {
    using reader = parts.reader(account)
    return { kind: 'keySlots', slots: lockedInventory(readSlots(reader)).slice(0, KEY_SLOTS_MAX).map(toWire) }
  }
  using lease = await parts.accounts.lease(unlocked, { end: () => Promise.resolve() })
  return { kind: 'keySlots', slots: inventoryOf(parts, unlocked, lease.account).slice(0, KEY_SLOTS_MAX).map(toWire) }
}

type WireSlot = Extract<VaultAdminResponse, { kind: 'keySlots' }>['slots'][number]

function toWire({ id, kind, created, needsServerSecret, opened }: InventorySlot): WireSlot {
  const slot = Buffer.from(id, 'hex')
  if (opened === null) return { slot, kind, created, needsServerSecret, opened }
  const { label, scope, passkey, isAuthentic, use } = opened
  const used = Array.from(use.used, ([protocol, at]) => ({ protocol, at }))
  const shown = label?.slice(0, LABEL_LENGTH_MAX).toWellFormed() ?? null
  return {
    slot,
    kind,
    created,
    needsServerSecret,
    opened: { label: shown, scope, passkey, isAuthentic, used, refused: use.refused },
  }
}

async function add(parts: VaultAdminParts, request: Request<'addAppPassword'>): Promise<VaultAdminResponse> {
  const { label, scope, salt } = request
  if (appPasswordProblem({ label, scope }, systemClock.now()) !== null) return { kind: 'failed', reason: 'malformed' }
  const unlocked = await loginAsOwner(parts, request)
  if (unlocked === null) return { kind: 'failed', reason: 'wrongPassword' }
  const made = await parts.changes.addAppPassword(unlocked.id, unlocked.root, { label, scope }, salt)
  if (made === 'tooMany') return { kind: 'failed', reason: 'tooManySlots' }
  return { kind: 'appPassword', slot: made.name, password: made.password }
}

async function revoke(
  parts: VaultAdminParts,
  request: Request<'revokeAppPassword' | 'revokePasskey'>,
  revokeSlot: (account: AccountId, root: RootSecret, slot: Uint8Array) => Promise<boolean>,
): Promise<VaultAdminResponse> {
  const unlocked = await loginAsOwner(parts, request)
  if (unlocked === null) return { kind: 'failed', reason: 'wrongPassword' }
  const { slot } = request
  if (!(await revokeSlot(unlocked.id, unlocked.root, slot))) {
    return { kind: 'failed', reason: 'noSuchSlot' }
  }
  using lease = await parts.accounts.lease(unlocked, { end: () => Promise.resolve() })
  await parts.notes.forget(lease.account, Buffer.from(slot).toString('hex'))
  return { kind: 'done' }
}
