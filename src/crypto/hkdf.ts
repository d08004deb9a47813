// HKDF (RFC 5869) and HMAC (RFC 2104), both with SHA-256. Results are secrets as a rule: callers wipe them.

import { createHmac, hkdfSync } from 'node:crypto'

const NO_SALT = new Uint8Array(0)

/** `salt` is empty if it is missing. At most 8160 bytes (RFC 5869 §2.3). */
export function hkdf(
  secret: Uint8Array,
  info: string | Uint8Array,
  lengthBytes: number,
  salt: Uint8Array = NO_SALT,
): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, lengthBytes))
}

/** Of the parts joined. */
export function hmacSha256(key: Uint8Array, ...parts: Uint8Array[]): Buffer {
  const state = createHmac('sha256', key)
  for (const part of parts) state.update(part)
  return state.digest()
}
