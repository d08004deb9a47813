// AES-256-GCM (NIST SP 800-38D) with a random nonce: what seals journal records, key slots and the queue.
//
// A sealed value is the 12-byte nonce, the ciphertext and the 16-byte tag. Nonces are random, so that one key may seal at
// most 2^32 values (§8.3 there); formats that use this state what their key is used for.

import { createCipheriv, createDecipheriv } from 'node:crypto'
import { finishDecipher } from './decipher.ts'
import { randomBytes } from './random.ts'

const NONCE_LENGTH = 12
const TAG_LENGTH = 16

/** `key` has 32 bytes. `aad` is authenticated and not contained in the result. */
export function gcmSeal(key: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_LENGTH)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  const ciphertext = cipher.update(plaintext)
  cipher.final()
  const sealed = Buffer.allocUnsafe(NONCE_LENGTH + ciphertext.length + TAG_LENGTH)
  sealed.set(nonce)
  sealed.set(ciphertext, NONCE_LENGTH)
  sealed.set(cipher.getAuthTag(), NONCE_LENGTH + ciphertext.length)
  return sealed
}

/** Null unless `sealed` was made by `gcmSeal` with the same key and additional data. */
export function gcmOpen(key: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Buffer | null {
  if (sealed.length < NONCE_LENGTH + TAG_LENGTH) return null
  const tagStart = sealed.length - TAG_LENGTH
  // Without a stated length, a shortened tag would be taken.
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_LENGTH), { authTagLength: TAG_LENGTH })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(tagStart))
  return finishDecipher(decipher, sealed.subarray(NONCE_LENGTH, tagStart))
}
