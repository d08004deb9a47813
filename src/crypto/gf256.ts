// The field of 256 elements, as bytes: addition is XOR, multiplication is that of polynomials over GF(2) modulo x^8 + x^4 + x^3 + x^2 + 1 (0x11D), as
// in most Reed-Solomon codes. Not for secrets: the tables' access times tell what was multiplied.

const POLYNOMIAL = 0x11d

/** Powers of x, twice, so that a sum of two logarithms needs no reduction. */
const EXPONENTIALS = new Uint8Array(510)
const LOGARITHMS = new Uint8Array(256)

let power = 1
for (let exponent = 0; exponent < 255; exponent++) {
  EXPONENTIALS[exponent] = EXPONENTIALS[exponent + 255] = power
  LOGARITHMS[power] = exponent
  power <<= 1
  if (power > 255) power ^= POLYNOMIAL
}

export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0
  return EXPONENTIALS[(LOGARITHMS[a] as number) + (LOGARITHMS[b] as number)] as number
}

/** Of an element that is not 0. */
export function inverse(a: number): number {
  return EXPONENTIALS[255 - (LOGARITHMS[a] as number)] as number
}
