// The slot that a recovery code opens (docs/formats/keys.md §3): an age file to an X25519 identity derived from the code. No server
// secret is involved, so that the code opens the account from a bare copy of its log, with the `age` program if need be.

import { wipe } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import { type Identity, recipientOf, x25519IdentityFromScalar } from '#crypto/age/identity.ts'
import { openAge } from '#crypto/age/open.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { hkdf } from '#crypto/hkdf.ts'
import { randomBytes } from '#crypto/random.ts'
import { ROOT_BYTES, RootSecret } from './root.ts'
import { type Slot, authenticateSlot } from './slot.ts'
import { type OpenedSlot, slotNameOf, wrappingKeyOf } from './stretched-slot.ts'

const CODE_BYTES = 20

interface RecoveryKeys {
  readonly name: Buffer
  /** Disposed by the caller. */
  readonly identity: Identity
}

function keysOf(code: Uint8Array): RecoveryKeys {
  const stretched = hkdf(code, 'mailkeep/v1/recovery', 64)
  const scalar = wrappingKeyOf(stretched)
  try {
    return { name: slotNameOf(stretched), identity: x25519IdentityFromScalar(scalar) }
  } finally {
    wipe(stretched, scalar)
  }
}

/** A slot for `code`, for those who have one already: the tests' vectors. Others call `makeRecoverySlot`. */
export function recoverySlotFor(root: RootSecret, account: AccountId, code: Uint8Array, created: number): Slot {
  const { name, identity } = keysOf(code)
  using _ = identity
  const sealedRoot = root.withBytes((bytes) => sealAge([recipientOf(identity)], bytes))
  return authenticateSlot(root, account, {
    action: 'add',
    name,
    kind: 'recoveryCode',
    sealedRoot,
    created,
    properties: null,
  })
}

/** `code` is shown once, by `formatRecoveryCode`, and then wiped by the caller. */
export function makeRecoverySlot(root: RootSecret, account: AccountId, created: number): { slot: Slot; code: Buffer } {
  const code = randomBytes(CODE_BYTES)
  return { slot: recoverySlotFor(root, account, code, created), code }
}

/** Returns null if no slot opens with this code. `code` is what `parseRecoveryCode` returned. */
export function openRecoverySlot(slots: readonly Slot[], code: Uint8Array): OpenedSlot | null {
  const { name, identity } = keysOf(code)
  using _ = identity
  const slot = slots.find((candidate) => candidate.name.equals(name))
  if (slot === undefined) return null
  const opened = openAge(slot.sealedRoot, [identity])
  if (!opened.ok || opened.value.length !== ROOT_BYTES) return null
  return { root: new RootSecret(opened.value), slot }
}
