// Randomness for keys, nonces, tokens and identifiers: the operating system's generator, through OpenSSL's.
//
// Most that is asked for is short, and asking costs the same whatever the length: some is asked for ahead. Bytes are given away once, and
// overwritten where they were; those that wait are nobody's yet.

import * as crypto from 'node:crypto'

const AHEAD_BYTES = 2_048
const SHORT_BYTES_MAX = 64

const ahead = Buffer.allocUnsafeSlow(AHEAD_BYTES)
let left = 0

export function randomBytes(lengthBytes: number): Buffer {
  if (lengthBytes > SHORT_BYTES_MAX) return crypto.randomBytes(lengthBytes)
  if (left < lengthBytes) {
    crypto.randomFillSync(ahead)
    left = AHEAD_BYTES
  }
  const bytes = Buffer.allocUnsafe(lengthBytes)
  ahead.copy(bytes, 0, left - lengthBytes, left)
  ahead.fill(0, left - lengthBytes, left)
  left -= lengthBytes
  return bytes
}
