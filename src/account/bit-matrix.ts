// Turning a matrix of bits: from a row per message to a row per bit.

const WORD = 32

/** Transposes 32 × 32 bits in place: bit c of word r becomes bit r of word c. (Halving swaps; see Warren, "Hacker's Delight", 7-3.) */
export function transpose32(words: Uint32Array): void {
  let mask = 0x0000_ffff
  for (let width = 16; width !== 0; width >>>= 1, mask ^= mask << width) {
    for (let row = 0; row < WORD; row = (row + width + 1) & ~width) {
      const low = words[row] as number
      const high = words[row + width] as number
      const swapped = ((low >>> width) ^ high) & mask
      words[row + width] = high ^ swapped
      words[row] = low ^ (swapped << width)
    }
  }
}

/**
 * `rows` are of the same length, a multiple of 4 bytes; bit b of a row is bit b & 7 of its byte b >>> 3. In the result, row b holds bit b of
 * all rows, in the same order of bits; each has `stride` bytes, a multiple of 4, enough for a bit of every row.
 */
export function transposeBits(rows: readonly Uint8Array[], stride: number): Uint8Array {
  const width = rows[0]?.length ?? 0
  const turned = new Uint8Array(width * 8 * stride)
  // The machine's order of bytes is little-endian, so that bit b of a row is bit b & 31 of its word b >>> 5.
  const out = new Uint32Array(turned.buffer)
  const wordsOut = stride / 4
  const words = rows.map((row) => new Uint32Array(new Uint8Array(row).buffer))
  const block = new Uint32Array(WORD)
  for (let first = 0; first < rows.length; first += WORD) {
    for (let column = 0; column < width / 4; column++) {
      for (let row = 0; row < WORD; row++) block[row] = words[first + row]?.[column] ?? 0
      transpose32(block)
      for (let bit = 0; bit < WORD; bit++) out[(column * WORD + bit) * wordsOut + first / WORD] = block[bit] as number
    }
  }
  return turned
}
