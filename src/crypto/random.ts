// Randomness for keys, nonces, tokens and identifiers: the operating system's generator, through OpenSSL's.

import * as crypto from 'node:crypto'

export function randomBytes(lengthBytes: number): Buffer {
  return crypto.randomBytes(lengthBytes)
}
