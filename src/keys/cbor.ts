// CBOR as Mailkeep's sealed formats use it: RFC 8949, deterministic encoding (§4.2.1: shortest forms, definite lengths, map
// keys in bytewise order), integers within ±(2^53 - 1), no tags, no undefined. Maps decode to `Map`.
//
// Rejects: indefinite lengths, repeated map keys, integers and lengths not in their shortest form, bytes left over.

import { decode, decodeFirst, encode, rfc8949EncodeOptions } from 'cborg'

export function encodeCbor(value: unknown): Buffer {
  const bytes = encode(value, rfc8949EncodeOptions)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

const PROFILE = {
  useMaps: true,
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: false,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
  tags: {},
}

/** Returns undefined for bytes that are not one item of this profile. Depth is bounded by the stack: bound the length first. */
export function decodeCbor(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, PROFILE)
  } catch {
    return undefined
  }
}

/** The first item, and the bytes behind it; null if there is none of this profile. */
export function decodeCborPrefix(bytes: Uint8Array): { readonly value: unknown; readonly rest: Uint8Array } | null {
  try {
    const [value, rest] = decodeFirst(bytes, PROFILE) as [unknown, Uint8Array]
    return { value, rest }
  } catch {
    return null
  }
}
