// The account's own Ed25519 key, which signs marks (docs/formats/keys.md §1, docs/formats/marks.md). Derived when it is needed, and not kept.

import { wipe } from '#base/bytes.ts'
import { type SigningKey, signingKeyFromSeed } from '#crypto/ed25519.ts'
import type { RootSecret } from '#keys/root.ts'

export function ownerSigningKey(root: RootSecret): SigningKey {
  const seed = root.derive('checkpoint')
  try {
    return signingKeyFromSeed(seed)
  } finally {
    wipe(seed)
  }
}

export function ownerKeyOf(root: RootSecret): Buffer {
  return ownerSigningKey(root).publicKey
}
