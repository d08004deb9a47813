// Comparison of authenticators and tokens in time that tells nothing about where they differ.

import { timingSafeEqual } from 'node:crypto'

/** Lengths are not secret: bytes of different length differ. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
