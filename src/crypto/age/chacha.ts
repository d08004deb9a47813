// ChaCha20-Poly1305 (RFC 8439 §2.8) as age uses it: a 32-byte key, a nonce that never repeats under the key, no additional
// data, and the 16-byte tag after the ciphertext.

import { createCipheriv, createDecipheriv } from 'node:crypto'
import { finishDecipher } from '#crypto/decipher.ts'

export const TAG_LENGTH = 16
export const ZERO_NONCE: Uint8Array = new Uint8Array(12)

const options = { authTagLength: TAG_LENGTH }

/** Writes ciphertext and tag to `out` at `offset`, where plaintext.length + 16 bytes are free. */
export function chachaSealInto(
  out: Uint8Array,
  offset: number,
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
): void {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, options)
  out.set(cipher.update(plaintext), offset)
  cipher.final()
  out.set(cipher.getAuthTag(), offset + plaintext.length)
}

/** Null unless `sealed` is what sealing under the key and nonce gave. The result is in memory of its own. */
export function chachaOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Buffer | null {
  const tagStart = sealed.length - TAG_LENGTH
  if (tagStart < 0) return null
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, options)
  decipher.setAuthTag(sealed.subarray(tagStart))
  return finishDecipher(decipher, sealed.subarray(0, tagStart))
}
