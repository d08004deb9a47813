// Ends an authenticated decryption: all of the plaintext, or none of it.

import type { Decipheriv } from 'node:crypto'
import { wipe } from '#base/bytes.ts'

/**
 * Null if the ciphertext does not verify. The plaintext is in memory of its own, wiped by the caller.
 *
 * Node deciphers into memory one byte longer than the result, copies that and frees it as it is. Memory of that length, taken
 * right afterwards, is most often the same: it is overwritten here. That is no guarantee; a process whose memory must hold no
 * plaintext ends.
 */
export function finishDecipher(decipher: Decipheriv, ciphertext: Uint8Array): Buffer | null {
  const plaintext = decipher.update(ciphertext)
  Buffer.allocUnsafeSlow(plaintext.length + 1).fill(0)
  try {
    decipher.final()
    return plaintext
  } catch {
    wipe(plaintext)
    return null
  }
}
