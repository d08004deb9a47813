// Shamir's secret sharing over GF(2^8), each byte of the secret by a polynomial of its own. The library splits and combines; what it cannot tell (too few
// shares, or wrong ones, give other bytes) is for whoever uses it to find out: docs/formats/keys.md §3.
//
// A share is as long as the secret and one byte more, the last, which is the point (1 to 255) at which the polynomials were taken. The field is that of
// AES: polynomials modulo x^8 + x^4 + x^3 + x + 1.

import { asBuffer, wipe } from '#base/bytes.ts'
import { combine, split } from 'shamir-secret-sharing'

/** 2 ≤ `threshold` ≤ `count` ≤ 255. */
export async function splitSecret(secret: Uint8Array, count: number, threshold: number): Promise<Buffer[]> {
  // The library takes no Buffers.
  const plain = Uint8Array.from(secret)
  try {
    return (await split(plain, count, threshold)).map(asBuffer)
  } finally {
    wipe(plain)
  }
}

/** Of shares of one length at different points, as many as the threshold; others give other bytes. The caller wipes the secret. */
export async function combineSecret(shares: readonly Uint8Array[]): Promise<Buffer> {
  const plain = shares.map((share) => Uint8Array.from(share))
  try {
    return asBuffer(await combine(plain))
  } finally {
    wipe(...plain)
  }
}
