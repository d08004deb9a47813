// Character sets of seven-bit mail that TextDecoder no longer knows: UTF-7 (RFC 2152), ISO-2022-KR (RFC 1557) and HZ (RFC 1843).
// The two last switch between ASCII and double-byte characters; they become the eight-bit form of the same characters.

const SHIFT_OUT = 0x0e
const SHIFT_IN = 0x0f
const ESCAPE = 0x1b
const LF = 0x0a
const TILDE = 0x7e

/** As EUC-KR. */
export function decodeIso2022Kr(bytes: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(bytes.length)
  let length = 0
  let korean = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte === SHIFT_OUT) korean = true
    else if (byte === SHIFT_IN) korean = false
    else if (byte === ESCAPE && bytes[i + 1] === 0x24 && bytes[i + 2] === 0x29 && bytes[i + 3] === 0x43) i += 3
    else {
      // A line begins in ASCII (RFC 1557 §2).
      if (byte === LF) korean = false
      result[length++] = korean && byte > 0x20 ? byte | 0x80 : byte
    }
  }
  return result.subarray(0, length)
}

/** As GBK. */
export function decodeHz(bytes: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(bytes.length)
  let length = 0
  let chinese = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte === TILDE) {
      const next = bytes[i + 1]
      i++
      if (next === 0x7b) chinese = true
      else if (next === 0x7d) chinese = false
      else if (next === TILDE) result[length++] = TILDE
      else if (next !== LF) {
        result[length++] = TILDE
        i--
      }
    } else {
      if (byte === LF) chinese = false
      result[length++] = chinese && byte > 0x20 ? byte | 0x80 : byte
    }
  }
  return result.subarray(0, length)
}

const SHIFTED = /\+([A-Za-z0-9+/]*)-?/g

export function decodeUtf7(bytes: Uint8Array): { readonly text: string; readonly problem: boolean } {
  let problem = false
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replace(SHIFTED, (whole, base64: string) => {
      if (base64 === '') return whole === '+-' ? '+' : whole
      const units = Buffer.from(base64, 'base64')
      if (units.length < 2) problem = true
      return units
        .subarray(0, units.length & ~1)
        .swap16()
        .toString('utf16le')
    })
  return { text, problem }
}
