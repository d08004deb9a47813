// Slots that a secret alone opens, without any server secret (docs/formats/keys.md §3): that of a recovery code, and that of shares. The secret derives the
// slot's name and an age X25519 identity; the slot holds the root as an age file to that identity, so that the `age` program can do it.

import { wipe } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import { type Identity, recipientOf, x25519IdentityFromScalar } from '#crypto/age/identity.ts'
import { openAge } from '#crypto/age/open.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { hkdf } from '#crypto/hkdf.ts'
import { ROOT_BYTES, RootSecret } from './root.ts'
import { type Slot, type SlotKind, authenticateSlot } from './slot.ts'
import { type OpenedSlot, slotNameOf, wrappingKeyOf } from './stretched-slot.ts'

export interface CodeKeys {
  readonly name: Buffer
  /** Disposed by whoever uses it last. */
  readonly identity: Identity
}

export function deriveCodeKeys(secret: Uint8Array, label: string): CodeKeys {
  const stretched = hkdf(secret, label, 64)
  const scalar = wrappingKeyOf(stretched)
  try {
    return { name: slotNameOf(stretched), identity: x25519IdentityFromScalar(scalar) }
  } finally {
    wipe(stretched, scalar)
  }
}

/** Without the identity, which takes longer to make. */
export function codeSlotName(secret: Uint8Array, label: string): Buffer {
  const stretched = hkdf(secret, label, 64)
  try {
    return slotNameOf(stretched)
  } finally {
    wipe(stretched)
  }
}

/** Disposes the identity. */
export function sealCodeSlot(
  root: RootSecret,
  account: AccountId,
  kind: SlotKind,
  { name, identity }: CodeKeys,
  created: number,
  properties: Buffer | null,
): Slot {
  using _ = identity
  const sealedRoot = root.withBytes((bytes) => sealAge([recipientOf(identity)], bytes))
  return authenticateSlot(root, account, { action: 'add', name, kind, sealedRoot, created, properties })
}

/** Disposes the identity. Null if no slot opens with it. */
export function openCodeSlot(slots: readonly Slot[], { name, identity }: CodeKeys): OpenedSlot | null {
  using _ = identity
  const slot = slots.find((candidate) => candidate.name.equals(name))
  if (slot === undefined) return null
  const root = openSealedRoot(slot.sealedRoot, [identity])
  return root === null ? null : { root, slot }
}

/** Null if it is not an age file that one of these opens, with a root in it. */
export function openSealedRoot(sealedRoot: Uint8Array, identities: readonly Identity[]): RootSecret | null {
  const opened = openAge(sealedRoot, identities)
  if (!opened.ok) return null
  if (opened.value.length === ROOT_BYTES) return new RootSecret(opened.value)
  wipe(opened.value)
  return null
}
