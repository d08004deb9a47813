// A recovery code as a person writes it down (docs/formats/keys.md §3): 160 bits and 15 bits of check in Crockford's Base32,
// seven groups of five characters. The check catches a slip of the pen before anything is tried.

import { wipe } from '#base/bytes.ts'
import { sha256 } from '#crypto/hash.ts'
import { crockfordDigit, crockfordValue, decodeCrockford, encodeCrockford, inGroups } from './crockford.ts'

const CODE_BYTES = 20
const CODE_CHARACTERS = 32
const CHECK_CHARACTERS = 3
/** Longer than any way to write a code with single separators; what is longer is not read. */
const TEXT_LENGTH_MAX = 128

function checkOf(code: Uint8Array): string {
  const digest = sha256(code)
  const bits = digest.readUInt16BE(0) >>> 1
  return crockfordDigit(bits >>> 10) + crockfordDigit(bits >>> 5) + crockfordDigit(bits)
}

export function formatRecoveryCode(code: Uint8Array): string {
  if (code.length !== CODE_BYTES) throw new RangeError('a recovery code has 20 bytes')
  return inGroups(encodeCrockford(code) + checkOf(code))
}

/** Returns null for text that is not a code, or whose check does not fit. */
export function parseRecoveryCode(text: string): Buffer | null {
  if (text.length > TEXT_LENGTH_MAX) return null
  const digits = new Uint8Array(CODE_CHARACTERS + CHECK_CHARACTERS)
  let characters = 0
  for (const character of text.toUpperCase()) {
    if (character === '-' || character === ' ') continue
    const value = crockfordValue(character)
    if (value < 0 || characters === digits.length) return null
    digits[characters++] = value
  }
  if (characters < digits.length) return null
  const code = decodeCrockford(digits, CODE_CHARACTERS)
  const check = Array.from(digits.subarray(CODE_CHARACTERS), crockfordDigit).join('')
  wipe(digits)
  if (check === checkOf(code)) return code
  wipe(code)
  return null
}
