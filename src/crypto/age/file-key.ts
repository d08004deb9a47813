// The file key of an age file: 16 random bytes, wrapped once for each recipient, from which the header's MAC key and the
// payload's key come.

import { asBuffer, wipe } from '#base/bytes.ts'
import { hkdf, hmacSha256 } from '#crypto/hkdf.ts'
import { chachaSealInto, TAG_LENGTH } from './chacha.ts'

export const FILE_KEY_LENGTH = 16
export const PAYLOAD_NONCE_LENGTH = 16
/** A stanza's body is checked to have this length before it is opened, so that it cannot fit under two keys. */
export const SEALED_FILE_KEY_LENGTH = FILE_KEY_LENGTH + TAG_LENGTH

const MAC_KEY_LENGTH = 32
const MAC_KEY_INFO = Buffer.from('header')
const PAYLOAD_KEY_INFO = Buffer.from('payload')
const PAYLOAD_KEY_LENGTH = 32

export function sealFileKey(key: Uint8Array, nonce: Uint8Array, fileKey: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(SEALED_FILE_KEY_LENGTH)
  chachaSealInto(sealed, 0, key, nonce, fileKey)
  return sealed
}

/** Of the header's bytes up to and with the three hyphens. */
export function headerMac(fileKey: Uint8Array, authenticated: Uint8Array): Buffer {
  const key = hkdf(fileKey, MAC_KEY_INFO, MAC_KEY_LENGTH)
  const mac = hmacSha256(key, asBuffer(authenticated))
  wipe(key)
  return mac
}

/** The caller wipes it. `nonce` is what stands between header and payload. */
export function derivePayloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return hkdf(fileKey, PAYLOAD_KEY_INFO, PAYLOAD_KEY_LENGTH, nonce)
}
