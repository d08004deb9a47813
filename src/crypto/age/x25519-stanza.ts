// age's X25519 recipient stanza: `-> X25519 <share>` with the file key, sealed to the secret agreed with that share, as its body.

import { wipe } from '#base/bytes.ts'
import { hkdf } from '#crypto/hkdf.ts'
import { encodeBase64, parseBase64 } from './base64.ts'
import { chachaOpen, ZERO_NONCE } from './chacha.ts'
import { SEALED_FILE_KEY_LENGTH, sealFileKey } from './file-key.ts'
import type { Stanza } from './header.ts'
import {
  agreeWithNewKey,
  agreeWithShare,
  X25519_LENGTH,
  type X25519PrivateKey,
  type X25519PublicKey,
} from './x25519.ts'

export const X25519_TYPE = 'X25519'
const LABEL = 'age-encryption.org/v1/X25519'
const KEY_LENGTH = 32

export function x25519Stanza(recipient: X25519PublicKey, fileKey: Uint8Array): Stanza {
  const { share, secret } = agreeWithNewKey(recipient)
  const key = wrappingKey(secret, share, recipient)
  const body = sealFileKey(key, ZERO_NONCE, fileKey)
  wipe(key)
  return { type: X25519_TYPE, args: [encodeBase64(share)], body }
}

export interface X25519Wrapped {
  readonly share: Buffer
  readonly body: Buffer
}

/** Of a stanza of this type; null if it is malformed. */
export function parseX25519Stanza({ args, body }: Stanza): X25519Wrapped | null {
  const share = args.length === 1 ? parseBase64(args[0] as string) : null
  return share?.length === X25519_LENGTH && body.length === SEALED_FILE_KEY_LENGTH ? { share, body } : null
}

/** The file key, null if the stanza is not for this key, or `malformed` if its share is of low order. */
export function openX25519Stanza(key: X25519PrivateKey, { share, body }: X25519Wrapped): Buffer | null | 'malformed' {
  const secret = agreeWithShare(key, share)
  if (secret === null) return 'malformed'
  const wrapping = wrappingKey(secret, share, key.publicKey)
  const fileKey = chachaOpen(wrapping, ZERO_NONCE, body)
  wipe(wrapping)
  return fileKey
}

/** Wipes `secret`. */
function wrappingKey(secret: Buffer, share: Buffer, recipient: X25519PublicKey): Buffer {
  const key = hkdf(secret, LABEL, KEY_LENGTH, Buffer.concat([share, recipient.bytes]))
  wipe(secret)
  return key
}
