// HKDF (RFC 5869) and HMAC (RFC 2104), both with SHA-256. Results are secrets as a rule: callers wipe them.
//
// Those of short messages under short keys, which are nearly all and of which opening a message takes ten, are made of two digests each: Node's own take
// much more time for their objects than for their digests.

import { createHmac, hash, hkdfSync } from 'node:crypto'
import { wipe } from '#base/bytes.ts'

const NO_SALT = new Uint8Array(0)
const DIGEST_BYTES = 32
/** RFC 5869 §2.3: the number of the first block. */
const FIRST_BLOCK = Uint8Array.of(1)

/** `salt` is empty if it is missing. At most 8160 bytes (RFC 5869 §2.3). */
export function hkdf(
  secret: Uint8Array,
  info: string | Uint8Array,
  lengthBytes: number,
  salt: Uint8Array = NO_SALT,
): Buffer {
  if (lengthBytes > DIGEST_BYTES) return Buffer.from(hkdfSync('sha256', secret, salt, info, lengthBytes))
  const extracted = hmacSha256(salt, secret)
  const expanded = hmacSha256(extracted, typeof info === 'string' ? Buffer.from(info) : info, FIRST_BLOCK)
  wipe(extracted)
  return expanded.subarray(0, lengthBytes)
}

/** RFC 2104 §2. */
const BLOCK_BYTES = 64
const INNER_PAD = 0x36
const OUTER_PAD = 0x5c
const SHORT_BYTES = 2048
/** The padded key, then the message or its digest; zeros when nothing is under way. */
const work = Buffer.alloc(BLOCK_BYTES + SHORT_BYTES)
const outer = work.subarray(0, BLOCK_BYTES + DIGEST_BYTES)

/** Of the parts joined. */
export function hmacSha256(key: Uint8Array, ...parts: Uint8Array[]): Buffer {
  let end = BLOCK_BYTES
  for (const part of parts) end += part.length
  if (key.length > BLOCK_BYTES || end > work.length) return longHmac(key, parts)
  pad(key, INNER_PAD)
  let at = BLOCK_BYTES
  for (const part of parts) {
    work.set(part, at)
    at += part.length
  }
  const inner = hash('sha256', work.subarray(0, end), 'buffer')
  work.fill(0, BLOCK_BYTES, end)
  pad(key, OUTER_PAD)
  work.set(inner, BLOCK_BYTES)
  const mac = hash('sha256', outer, 'buffer')
  wipe(inner, outer)
  return mac
}

function pad(key: Uint8Array, byte: number): void {
  for (let at = 0; at < BLOCK_BYTES; at++) work[at] = (at < key.length ? (key[at] as number) : 0) ^ byte
}

function longHmac(key: Uint8Array, parts: readonly Uint8Array[]): Buffer {
  const state = createHmac('sha256', key)
  for (const part of parts) state.update(part)
  return state.digest()
}
