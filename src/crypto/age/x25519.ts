// X25519 (RFC 7748 §5) on keys that are imported once and used often. A shared secret of zeros, which a public key of low order
// gives, is no secret: it is refused (§6.1).

import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'

const asymmetricKeyType = 'x25519'
export const X25519_LENGTH = 32

export interface X25519PublicKey {
  readonly bytes: Buffer
  readonly key: KeyObject
}

export interface X25519PrivateKey {
  readonly publicKey: X25519PublicKey
  /** OpenSSL's copy of the scalar, which it overwrites when the garbage collector frees it. */
  readonly key: KeyObject
}

interface RawPublicKey {
  readonly key: Uint8Array
  readonly format: 'raw-public'
  readonly asymmetricKeyType: 'x25519'
}

function importPublicKey(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: bytes, format: 'raw-public', asymmetricKeyType })
}

function importPrivateKey(scalar: Uint8Array): KeyObject {
  return createPrivateKey({ key: scalar, format: 'raw-private', asymmetricKeyType })
}

/** Finds out public keys of low order, which give zeros with every scalar. */
const probe = importPrivateKey(Buffer.alloc(X25519_LENGTH, 1))

/** Null for keys of another length, and for those that no secret can be agreed with. */
export function x25519PublicKey(bytes: Uint8Array): X25519PublicKey | null {
  if (bytes.length !== X25519_LENGTH) return null
  const key = importPublicKey(bytes)
  return agree(probe, key) === null ? null : { bytes: Buffer.from(bytes), key }
}

/** `scalar` has 32 bytes, and may be wiped afterwards. Throws for another length. */
export function x25519PrivateKey(scalar: Uint8Array): X25519PrivateKey {
  const key = importPrivateKey(scalar)
  const publicKey = createPublicKey(key)
  return { publicKey: { bytes: publicKey.export({ format: 'raw-public' }), key: publicKey }, key }
}

export interface Agreed {
  /** The public key of a pair that is forgotten at once. */
  readonly share: Buffer
  /** Wiped by the caller. */
  readonly secret: Buffer
}

/** The sender's side. */
export function agreeWithNewKey(recipient: X25519PublicKey): Agreed {
  const { publicKey, privateKey } = generateKeyPairSync(asymmetricKeyType, {
    publicKeyEncoding: { format: 'raw-public' },
  })
  return { share: publicKey, secret: diffieHellman({ privateKey, publicKey: recipient.key }) }
}

/** The recipient's side; `share` has 32 bytes. Null if it is of low order. */
export function agreeWithShare(privateKey: X25519PrivateKey, share: Uint8Array): Buffer | null {
  return agree(privateKey.key, { key: share, format: 'raw-public', asymmetricKeyType })
}

/** A key that is used once costs less as it is than as an object. */
function agree(privateKey: KeyObject, publicKey: KeyObject | RawPublicKey): Buffer | null {
  try {
    // Node's types do not know that it takes keys as they are.
    return diffieHellman({ privateKey, publicKey: publicKey as KeyObject })
  } catch {
    // OpenSSL fails on zeros, and on nothing else with keys that have been imported.
    return null
  }
}
