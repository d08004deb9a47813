// Signatures: for each message, a bit for (a hash of) each run of three characters that occurs in its folded text. A message that contains a
// string has all bits of that string's runs; of those that have the bits, few do not contain it, and looking tells.
//
// There are two areas of bits, for what is in the body and for what is in the header. They are read as slices, one bit of
// many messages each, so that a search reads a few slices and not the signatures.

const BODY_BITS = 8192
const HEADER_BITS = 4096
export const SIGNATURE_BITS = BODY_BITS + HEADER_BITS
const SIGNATURE_BYTES = SIGNATURE_BITS / 8

export type Area = 'body' | 'header'

const AREAS: Readonly<Record<Area, { readonly first: number; readonly mask: number }>> = {
  body: { first: 0, mask: BODY_BITS - 1 },
  header: { first: BODY_BITS, mask: HEADER_BITS - 1 },
}

/** A needle's runs beyond these say little more. */
const NEEDLE_BITS_MAX = 24

function hash(a: number, b: number, c: number): number {
  let mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d)
  mixed ^= mixed >>> 15
  return Math.imul(mixed, 0x2c1b3c6d) >>> 12
}

/** Sets the bits of `text`, which is folded. */
function sign(signature: Uint8Array, area: Area, text: string): void {
  const { first, mask } = AREAS[area]
  if (text.length < 3) return
  let a = text.charCodeAt(0)
  let b = text.charCodeAt(1)
  for (let at = 2; at < text.length; at++) {
    const c = text.charCodeAt(at)
    const bit = first + (hash(a, b, c) & mask)
    signature[bit >>> 3] = (signature[bit >>> 3] as number) | (1 << (bit & 7))
    a = b
    b = c
  }
}

/** The signature of a message with these texts, which are folded. */
export function signatureOf(header: readonly string[], body: readonly string[]): Uint8Array {
  const signature = new Uint8Array(SIGNATURE_BYTES)
  for (const text of header) sign(signature, 'header', text)
  for (const text of body) sign(signature, 'body', text)
  return signature
}

/** The bits that a text with `needle`, which is folded, has; none if the needle is too short to say. */
export function needleBits(area: Area, needle: string): number[] {
  const { first, mask } = AREAS[area]
  const bits = new Set<number>()
  for (let at = 2; at < needle.length && bits.size < NEEDLE_BITS_MAX; at++) {
    bits.add(first + (hash(needle.charCodeAt(at - 2), needle.charCodeAt(at - 1), needle.charCodeAt(at)) & mask))
  }
  return [...bits]
}

export function hasBits(signature: Uint8Array, bits: readonly number[]): boolean {
  return bits.every((bit) => ((signature[bit >>> 3] as number) & (1 << (bit & 7))) !== 0)
}
