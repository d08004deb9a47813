// The base64 of age's header: RFC 4648 §4 without padding, canonical (unused bits are zero), nothing between the characters.

export function encodeBase64(bytes: Uint8Array): string {
  const padded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  const spare = bytes.length % 3
  return spare === 0 ? padded : padded.slice(0, spare - 3)
}

/** Null for anything that `encodeBase64` does not produce. */
export function parseBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  // Node's decoder takes much that is not base64, but nothing of that comes out the same again.
  return encodeBase64(bytes) === text ? bytes : null
}
