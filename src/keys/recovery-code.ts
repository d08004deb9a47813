// A recovery code as a person writes it down (docs/formats/keys.md §3): 160 bits and 15 bits of check in Crockford's Base32,
// seven groups of five characters. The check catches a slip of the pen before anything is tried.

import { wipe } from '#base/bytes.ts'
import { sha256 } from '#crypto/hash.ts'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_BYTES = 20
const CODE_CHARACTERS = 32
const CHECK_CHARACTERS = 3
const GROUP_CHARACTERS = 5
/** Longer than any way to write a code with single separators; what is longer is not read. */
const TEXT_LENGTH_MAX = 128

function checkOf(code: Uint8Array): string {
  const digest = sha256(code)
  const bits = digest.readUInt16BE(0) >>> 1
  return digit(bits >>> 10) + digit(bits >>> 5) + digit(bits)
}

function digit(value: number): string {
  return ALPHABET[value & 31] as string
}

function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += digit(held >>> bits)
    }
    held &= (1 << bits) - 1
  }
  return text
}

export function formatRecoveryCode(code: Uint8Array): string {
  if (code.length !== CODE_BYTES) throw new RangeError('a recovery code has 20 bytes')
  const text = base32(code) + checkOf(code)
  const groups: string[] = []
  for (let at = 0; at < text.length; at += GROUP_CHARACTERS) groups.push(text.slice(at, at + GROUP_CHARACTERS))
  return groups.join('-')
}

function digitValue(character: string): number {
  if (character === 'O') return 0
  if (character === 'I' || character === 'L') return 1
  return ALPHABET.indexOf(character)
}

/** Returns null for text that is not a code, or whose check does not fit. */
export function parseRecoveryCode(text: string): Buffer | null {
  if (text.length > TEXT_LENGTH_MAX) return null
  const code = Buffer.alloc(CODE_BYTES)
  let check = ''
  let characters = 0
  let bits = 0
  let held = 0
  let at = 0
  for (const character of text.toUpperCase()) {
    if (character === '-' || character === ' ') continue
    const value = digitValue(character)
    if (value < 0) return null
    if (characters >= CODE_CHARACTERS) check += digit(value)
    else {
      held = ((held << 5) | value) & 0xfff
      bits += 5
      if (bits >= 8) {
        bits -= 8
        code[at++] = held >>> bits
      }
    }
    characters++
  }
  if (characters === CODE_CHARACTERS + CHECK_CHARACTERS && check === checkOf(code)) return code
  wipe(code)
  return null
}
