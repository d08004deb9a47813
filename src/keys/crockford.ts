// Crockford's Base32, in which secrets are written on paper: 32 digits and letters of which none can be taken for another. When it is read, case is
// ignored, `O` is `0`, `I` and `L` are `1`, spaces and hyphens are skipped.

export const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const GROUP_CHARACTERS = 5

/** The character of the low five bits. */
export function crockfordDigit(value: number): string {
  return CROCKFORD[value & 31] as string
}

/** -1 for what is none. `character` is in upper case. */
export function crockfordValue(character: string): number {
  if (character === 'O') return 0
  if (character === 'I' || character === 'L') return 1
  return character.length === 1 ? CROCKFORD.indexOf(character) : -1
}

/** Of a number of bytes that five divides. */
export function encodeCrockford(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += crockfordDigit(held >>> bits)
    }
    held &= (1 << bits) - 1
  }
  return text
}

/** The bytes that the digits stand for; bits of a last part of a byte are left out. The caller wipes them. */
export function decodeCrockford(digits: ArrayLike<number>, count: number): Buffer {
  const bytes = Buffer.alloc(Math.floor((count * 5) / 8))
  let bits = 0
  let held = 0
  let at = 0
  for (let digit = 0; digit < count; digit++) {
    held = ((held << 5) | (digits[digit] as number)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = held >>> bits
    }
  }
  return bytes
}

/** In groups of five, as people copy them. */
export function inGroups(text: string): string {
  const groups: string[] = []
  for (let at = 0; at < text.length; at += GROUP_CHARACTERS) groups.push(text.slice(at, at + GROUP_CHARACTERS))
  return groups.join('-')
}

/** In which group, counted from 1, a character stands. */
export function groupOf(position: number): number {
  return Math.floor(position / GROUP_CHARACTERS) + 1
}
