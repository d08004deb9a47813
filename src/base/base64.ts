// Base 64 (RFC 4648 §4) from bytes to bytes. What it decodes may be a password: it never passes through a string, which could
// not be wiped. Refuses characters outside the alphabet, a wrong length or padding, and bits set behind the last byte.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const INVALID = 0xff
const PADDING = 0x3d

const valueOf = new Uint8Array(256).fill(INVALID)
for (let index = 0; index < 64; index++) valueOf[ALPHABET.charCodeAt(index)] = index

/** A new buffer, or null if `encoded` is not canonical base 64. */
export function decodeBase64(encoded: Uint8Array): Buffer | null {
  const length = encoded.length
  if (length % 4 !== 0) return null
  let padding = 0
  while (padding < 2 && length > padding && encoded[length - 1 - padding] === PADDING) padding++
  const digits = length - padding
  const decoded = Buffer.alloc((length / 4) * 3 - padding)
  let bits = 0
  let held = 0
  let at = 0
  for (let index = 0; index < digits; index++) {
    const value = valueOf[encoded[index] as number] as number
    if (value === INVALID) return refuse(decoded)
    held = ((held << 6) | value) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      decoded[at++] = held >> bits
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? decoded : refuse(decoded)
}

function refuse(partial: Buffer): null {
  partial.fill(0)
  return null
}
