// Bytes: the few operations that everything shares. Mail stays bytes wherever it only passes through.

import { isAscii, isUtf8 as isUtf8Buffer } from 'node:buffer'

/** Overwrites with zeros. Call it on every buffer that held a key or mail and is no longer needed. */
export function wipe(...buffers: (Uint8Array | undefined | null)[]): void {
  for (const buffer of buffers) buffer?.fill(0)
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/** Latin-1 text of bytes that are known to be ASCII. */
export function asciiText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return asBuffer(bytes).toString('latin1', start, end)
}

/** Returns null when the bytes are not well-formed UTF-8. */
export function utf8TextOrNull(bytes: Uint8Array): string | null {
  // Most text is ASCII, which is faster to tell and to read.
  if (isAscii(bytes)) return asBuffer(bytes).toString('latin1')
  return isUtf8Buffer(bytes) ? asBuffer(bytes).toString('utf8') : null
}

/** Without making a string of it. */
export function isUtf8(bytes: Uint8Array): boolean {
  return isUtf8Buffer(bytes)
}

/** A `Buffer` over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
