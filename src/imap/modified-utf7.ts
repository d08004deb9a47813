// Modified UTF-7, the mailbox names of IMAP4rev1 (RFC 3501 §5.1.3): printable ASCII stands for itself, `&` is `&-`, and all else
// is UTF-16BE in base 64 with `,` for `/` and without padding, between `&` and `-`.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,'

export function encodeModifiedUtf7(text: string): string {
  let encoded = ''
  let at = 0
  while (at < text.length) {
    const from = at
    while (at < text.length && isDirect(text.charCodeAt(at))) at++
    encoded += text.slice(from, at).replaceAll('&', '&-')
    const shifted = at
    while (at < text.length && !isDirect(text.charCodeAt(at))) at++
    if (at > shifted) encoded += `&${encodeUnits(text, shifted, at)}-`
  }
  return encoded
}

function isDirect(unit: number): boolean {
  return unit >= 0x20 && unit < 0x7f
}

function encodeUnits(text: string, start: number, end: number): string {
  let digits = ''
  let bits = 0
  let held = 0
  for (let at = start; at < end; at++) {
    held = (held << 16) | text.charCodeAt(at)
    bits += 16
    while (bits >= 6) {
      bits -= 6
      digits += ALPHABET[(held >> bits) & 0x3f]
    }
    held &= (1 << bits) - 1
  }
  return bits === 0 ? digits : digits + ALPHABET[(held << (6 - bits)) & 0x3f]
}

/**
 * Null for anything but the one right encoding of well-formed text: two spellings of one name would let a client create two
 * mailboxes that look the same (RFC 3501 §5.1.3 forbids superfluous shifts).
 */
export function parseModifiedUtf7(encoded: string): string | null {
  let text = ''
  let at = 0
  while (at < encoded.length) {
    const shift = encoded.indexOf('&', at)
    text += encoded.slice(at, shift < 0 ? encoded.length : shift)
    if (shift < 0) break
    const end = encoded.indexOf('-', shift)
    if (end < 0) return null
    const decoded = end === shift + 1 ? '&' : decodeUnits(encoded, shift + 1, end)
    if (decoded === null) return null
    text += decoded
    at = end + 1
  }
  return text.isWellFormed() && encodeModifiedUtf7(text) === encoded ? text : null
}

function decodeUnits(encoded: string, start: number, end: number): string | null {
  const units: string[] = []
  let bits = 0
  let held = 0
  for (let at = start; at < end; at++) {
    const value = ALPHABET.indexOf(encoded[at] as string)
    if (value < 0) return null
    held = (held << 6) | value
    bits += 6
    if (bits >= 16) {
      bits -= 16
      units.push(String.fromCharCode((held >> bits) & 0xffff))
      held &= (1 << bits) - 1
    }
  }
  return units.join('')
}
