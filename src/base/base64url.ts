// Base 64 for URLs (RFC 4648 §5) without padding, as WebAuthn and JSON carry bytes. Refuses padding, characters outside the alphabet, lengths that
// no bytes have, and bits set behind the last byte: each value has one form.

const ALPHABET = /^[\w-]*$/

/** A new buffer; null if `text` is not canonical, or stands for more than so many bytes. */
export function decodeBase64url(text: string, bytesMax: number): Buffer | null {
  if (text.length > Math.ceil((bytesMax * 4) / 3) || !ALPHABET.test(text)) return null
  const decoded = Buffer.from(text, 'base64url')
  if (decoded.length <= bytesMax && decoded.toString('base64url') === text) return decoded
  decoded.fill(0)
  return null
}

export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}
