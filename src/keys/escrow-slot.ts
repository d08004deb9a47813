// The slot of an owner who chose low security (docs/formats/keys.md §3): the root as an age file to the operator's recipient, whose identity is not on the
// server. Its name is random: it follows from nothing that anybody knows.

import type { AccountId } from '#base/ids.ts'
import type { Identity } from '#crypto/age/identity.ts'
import { type Recipient, formatRecipient } from '#crypto/age/recipient.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { randomBytes } from '#crypto/random.ts'
import { openSealedRoot } from './code-slot.ts'
import type { RootSecret } from './root.ts'
import { type Slot, SLOT_NAME_BYTES, authenticateSlot } from './slot.ts'
import { sealSlotProperties } from './slot-properties.ts'

/** Its label is the recipient, as age writes it. */
export function makeEscrowSlot(root: RootSecret, account: AccountId, recipient: Recipient, created: number): Slot {
  return authenticateSlot(root, account, {
    action: 'add',
    name: randomBytes(SLOT_NAME_BYTES),
    kind: 'escrow',
    sealedRoot: root.withBytes((bytes) => sealAge([recipient], bytes)),
    created,
    properties: sealSlotProperties(root, account, { label: formatRecipient(recipient) }),
  })
}

/** Null if there is none, or the identities open none. */
export function openEscrowSlot(slots: readonly Slot[], identities: readonly Identity[]): RootSecret | null {
  for (const { kind, sealedRoot } of slots) {
    const root = kind === 'escrow' ? openSealedRoot(sealedRoot, identities) : null
    if (root !== null) return root
  }
  return null
}
