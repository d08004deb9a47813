// Bech32 (BIP 173) as age uses it for keys: without the limit of 90 characters, 8-bit data. Rejected: mixed case, characters
// outside of the alphabets, a wrong checksum, padding that is not zero or longer than it must be, over 4096 characters.

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const CHECKSUM_LENGTH = 6
const TEXT_LENGTH_MAX = 4096
const PRINTABLE_ASCII = /^[!-~]+$/
/** BIP 173's generator polynomial, multiplied by each power of two. */
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const

/** Value of each lower-case character, -1 for others. */
const VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value

function polymodStep(state: number, value: number): number {
  let next = ((state & 0x1ffffff) << 5) ^ value
  for (let bit = 0; bit < GENERATOR.length; bit++) {
    if (((state >>> (25 + bit)) & 1) === 1) next ^= GENERATOR[bit] as number
  }
  return next
}

function checksumState(prefix: string, words: Uint8Array): number {
  let state = 1
  for (let index = 0; index < prefix.length; index++) state = polymodStep(state, prefix.charCodeAt(index) >>> 5)
  state = polymodStep(state, 0)
  for (let index = 0; index < prefix.length; index++) state = polymodStep(state, prefix.charCodeAt(index) & 31)
  for (const word of words) state = polymodStep(state, word)
  return state
}

/** In lower case, as is `prefix`: the human-readable part, without the separator `1`. */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const length = Math.ceil((bytes.length * 8) / 5)
  const words = new Uint8Array(length + CHECKSUM_LENGTH)
  let pending = 0
  let bits = 0
  let at = 0
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; at++) {
      bits -= 5
      words[at] = (pending >>> bits) & 31
    }
  }
  if (bits > 0) words[at] = (pending << (5 - bits)) & 31
  const checksum = checksumState(prefix, words) ^ 1
  for (let index = 0; index < CHECKSUM_LENGTH; index++) {
    words[length + index] = (checksum >>> (5 * (CHECKSUM_LENGTH - 1 - index))) & 31
  }
  let text = `${prefix}1`
  for (const word of words) text += ALPHABET.charAt(word)
  words.fill(0)
  return text
}

/** Text in either case, not in both. `prefix` comes back in lower case. */
export function decodeBech32(text: string): { readonly prefix: string; readonly bytes: Buffer } | null {
  if (text.length > TEXT_LENGTH_MAX || !PRINTABLE_ASCII.test(text)) return null
  const lower = text.toLowerCase()
  if (text !== lower && text !== text.toUpperCase()) return null
  const separator = lower.lastIndexOf('1')
  if (separator < 1 || lower.length - separator - 1 < CHECKSUM_LENGTH) return null
  const prefix = lower.slice(0, separator)
  const words = new Uint8Array(lower.length - separator - 1)
  for (let index = 0; index < words.length; index++) {
    const value = VALUES[lower.charCodeAt(separator + 1 + index)] ?? -1
    if (value < 0) return null
    words[index] = value
  }
  if (checksumState(prefix, words) !== 1) return null
  const bytes = joinWords(words.subarray(0, words.length - CHECKSUM_LENGTH))
  words.fill(0)
  return bytes === null ? null : { prefix, bytes }
}

/** Null if the bits left over are a whole word or not zero. */
function joinWords(words: Uint8Array): Buffer | null {
  const bytes = Buffer.alloc(Math.floor((words.length * 5) / 8))
  let pending = 0
  let bits = 0
  let at = 0
  for (const word of words) {
    pending = ((pending << 5) | word) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = pending >>> bits
    }
  }
  return bits < 5 && (pending & ((1 << bits) - 1)) === 0 ? bytes : null
}
