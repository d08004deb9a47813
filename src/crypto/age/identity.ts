// What opens age files: an X25519 key (`AGE-SECRET-KEY-1…`) or a hybrid one (`AGE-SECRET-KEY-PQ-1…`). An identity is disposed
// when its owner's keys are wiped; after that it opens nothing.

import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import { decodeBech32, encodeBech32 } from '#crypto/bech32.ts'
import { HYBRID_SEED_LENGTH, hybridPrivateKey, type HybridPrivateKey } from './hybrid-kem.ts'
import type { Recipient } from './recipient.ts'
import { X25519_LENGTH, x25519PrivateKey, type X25519PrivateKey } from './x25519.ts'

const X25519_PREFIX = 'age-secret-key-'
const HYBRID_PREFIX = 'age-secret-key-pq-'

type IdentityKey =
  | { readonly kind: 'x25519'; readonly key: X25519PrivateKey }
  | { readonly kind: 'hybrid'; readonly key: HybridPrivateKey }

/** Opaque outside of this folder. */
export class Identity implements Disposable {
  readonly recipient: Recipient
  readonly #secret: Buffer
  #key: IdentityKey | null

  /** `secret` is the scalar or seed that `key` was made from; the identity keeps it and wipes it. */
  constructor(key: IdentityKey, secret: Buffer) {
    this.recipient =
      key.kind === 'x25519' ? { kind: 'x25519', key: key.key.publicKey } : { kind: 'hybrid', key: key.key.publicKey }
    this.#key = key
    this.#secret = secret
  }

  get key(): IdentityKey {
    assert(this.#key !== null, 'the identity was disposed')
    return this.#key
  }

  get secret(): Buffer {
    assert(this.#key !== null, 'the identity was disposed')
    return this.#secret
  }

  [Symbol.dispose](): void {
    wipe(this.#secret)
    this.#key = null
  }
}

/** `scalar` has 32 bytes, any; it may be wiped afterwards. */
export function x25519IdentityFromScalar(scalar: Uint8Array): Identity {
  return new Identity({ kind: 'x25519', key: x25519PrivateKey(scalar) }, Buffer.from(scalar))
}

/** `seed` has 32 bytes, any; it may be wiped afterwards. */
export function hybridIdentityFromSeed(seed: Uint8Array): Identity {
  return new Identity({ kind: 'hybrid', key: hybridPrivateKey(seed) }, Buffer.from(seed))
}

export function recipientOf(identity: Identity): Recipient {
  return identity.recipient
}

/** Upper case only, as identities are written. Null for anything else. */
export function parseIdentity(text: string): Identity | null {
  if (text !== text.toUpperCase()) return null
  const decoded = decodeBech32(text)
  if (decoded === null) return null
  try {
    if (decoded.prefix === X25519_PREFIX && decoded.bytes.length === X25519_LENGTH) {
      return x25519IdentityFromScalar(decoded.bytes)
    }
    if (decoded.prefix === HYBRID_PREFIX && decoded.bytes.length === HYBRID_SEED_LENGTH) {
      return hybridIdentityFromSeed(decoded.bytes)
    }
    return null
  } finally {
    wipe(decoded.bytes)
  }
}

/** Text cannot be wiped: only for its owner's eyes. */
export function formatIdentity(identity: Identity): string {
  const prefix = identity.key.kind === 'x25519' ? X25519_PREFIX : HYBRID_PREFIX
  return encodeBech32(prefix, identity.secret).toUpperCase()
}
