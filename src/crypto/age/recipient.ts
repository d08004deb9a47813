// Who an age file can be sealed to: an X25519 key (`age1…`) or a hybrid one (`age1pq1…`). Recipients are parsed once and
// kept: they hold their keys as OpenSSL wants them.

import { decodeBech32, encodeBech32 } from '#crypto/bech32.ts'
import { hybridPublicKey, type HybridPublicKey } from './hybrid-kem.ts'
import { x25519PublicKey, type X25519PublicKey } from './x25519.ts'

const X25519_PREFIX = 'age'
const HYBRID_PREFIX = 'age1pq'

/** Opaque outside of this folder. */
export type Recipient =
  | { readonly kind: 'x25519'; readonly key: X25519PublicKey }
  | { readonly kind: 'hybrid'; readonly key: HybridPublicKey }

/** Lower case only, as recipients are written. Null for anything else, and for keys that nothing may be sealed to. */
export function parseRecipient(text: string): Recipient | null {
  if (text !== text.toLowerCase()) return null
  const decoded = decodeBech32(text)
  if (decoded?.prefix === X25519_PREFIX) {
    const key = x25519PublicKey(decoded.bytes)
    return key === null ? null : { kind: 'x25519', key }
  }
  if (decoded?.prefix === HYBRID_PREFIX) {
    const key = hybridPublicKey(decoded.bytes)
    return key === null ? null : { kind: 'hybrid', key }
  }
  return null
}

export function formatRecipient(recipient: Recipient): string {
  return encodeBech32(recipient.kind === 'x25519' ? X25519_PREFIX : HYBRID_PREFIX, recipient.key.bytes)
}
