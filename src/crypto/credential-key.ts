// Public keys of WebAuthn credentials, and their signatures: ECDSA on P-256 with SHA-256 (FIPS 186-5; ES256), Ed25519 (RFC 8032; EdDSA), and RSASSA-PKCS1-v1_5
// with SHA-256 (RFC 8017 §8.2; RS256). Takes hostile bytes: nothing here throws.
//
// Rejects: points that are not on the curve, RSA moduli under 2,048 or over 4,096 bits or written with leading zeros, RSA exponents other than 65,537.

import { type KeyObject, createPublicKey, verify } from 'node:crypto'

export type CredentialKey =
  /** Coordinates of the point, 32 bytes each. */
  | { readonly algorithm: 'ES256'; readonly x: Uint8Array; readonly y: Uint8Array }
  /** RFC 8032 §5.1.5, 32 bytes. */
  | { readonly algorithm: 'EdDSA'; readonly x: Uint8Array }
  /** Modulus and exponent, big-endian. */
  | { readonly algorithm: 'RS256'; readonly n: Uint8Array; readonly e: Uint8Array }

const COORDINATE_BYTES = 32
const MODULUS_BYTES_MIN = 256
const MODULUS_BYTES_MAX = 512
const EXPONENT = Buffer.of(1, 0, 1)

/** It can be used to verify something. */
export function credentialKeyIsValid(key: CredentialKey): boolean {
  return keyObject(key) !== null
}

/** An ECDSA signature is in DER. False for whatever is malformed. */
export function verifyCredentialSignature(key: CredentialKey, message: Uint8Array, signature: Uint8Array): boolean {
  const object = keyObject(key)
  if (object === null) return false
  try {
    if (key.algorithm === 'EdDSA') return verify(null, message, object, signature)
    if (key.algorithm === 'RS256') return verify('sha256', message, object, signature)
    return verify('sha256', message, { key: object, dsaEncoding: 'der' }, signature)
  } catch {
    return false
  }
}

function keyObject(key: CredentialKey): KeyObject | null {
  const jwk = jwkOf(key)
  if (jwk === null) return null
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return null
  }
}

/** RFC 7517, RFC 7518 §6, RFC 8037 §2. */
function jwkOf(key: CredentialKey): Record<string, string> | null {
  switch (key.algorithm) {
    case 'ES256':
      if (key.x.length !== COORDINATE_BYTES || key.y.length !== COORDINATE_BYTES) return null
      return { kty: 'EC', crv: 'P-256', x: base64url(key.x), y: base64url(key.y) }
    case 'EdDSA':
      return key.x.length === COORDINATE_BYTES ? { kty: 'OKP', crv: 'Ed25519', x: base64url(key.x) } : null
    case 'RS256': {
      const { n, e } = key
      const isOfSize = n.length >= MODULUS_BYTES_MIN && n.length <= MODULUS_BYTES_MAX && (n[0] as number) >= 0x80
      return isOfSize && EXPONENT.equals(e) ? { kty: 'RSA', n: base64url(n), e: base64url(e) } : null
    }
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
