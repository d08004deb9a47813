// Ed25519 signatures (RFC 8032 §5.1), over whole messages.

import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'

const asymmetricKeyType = 'ed25519'
const PUBLIC_KEY_LENGTH = 32
const SIGNATURE_LENGTH = 64

export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Buffer
  /** 64 bytes, always the same for the same message. */
  sign(message: Uint8Array): Buffer
  /** 32 bytes, which the caller wipes. */
  exportSeed(): Buffer
}

/** `seed` has 32 bytes, and may be wiped afterwards. Throws for another length. */
export function signingKeyFromSeed(seed: Uint8Array): SigningKey {
  const key = createPrivateKey({ key: seed, format: 'raw-private', asymmetricKeyType })
  return {
    publicKey: createPublicKey(key).export({ format: 'raw-public' }),
    sign: (message) => sign(null, message, key),
    exportSeed: () => key.export({ format: 'raw-private' }),
  }
}

/** Takes any bytes for each of the three. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_LENGTH || signature.length !== SIGNATURE_LENGTH) return false
  return verify(null, message, createPublicKey({ key: publicKey, format: 'raw-public', asymmetricKeyType }), signature)
}
