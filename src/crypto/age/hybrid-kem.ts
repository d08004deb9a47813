// MLKEM768-X25519, the hybrid key encapsulation of draft-ietf-hpke-pq (HPKE KEM 0x647a) and draft-irtf-cfrg-concrete-hybrid-kems,
// the same as X-Wing (draft-connolly-cfrg-xwing-kem): the secret holds as long as one of ML-KEM-768 (FIPS 203) and X25519 does.
//
// A public key is ML-KEM's (1184 bytes) and X25519's (32); an encapsulation ML-KEM's ciphertext (1088) and an X25519
// share (32); a private key a seed of 32 bytes, from which both are derived.

import { createPrivateKey, createPublicKey, decapsulate, encapsulate, hash, type KeyObject } from 'node:crypto'
import { wipe } from '#base/bytes.ts'
import {
  agreeWithNewKey,
  agreeWithShare,
  X25519_LENGTH,
  x25519PrivateKey,
  x25519PublicKey,
  type X25519PrivateKey,
  type X25519PublicKey,
} from './x25519.ts'

const asymmetricKeyType = 'ml-kem-768'
const MLKEM_PUBLIC_LENGTH = 1184
const MLKEM_CIPHERTEXT_LENGTH = 1088
const MLKEM_SEED_LENGTH = 64
const HYBRID_PUBLIC_LENGTH = MLKEM_PUBLIC_LENGTH + X25519_LENGTH
export const HYBRID_ENCAPSULATION_LENGTH = MLKEM_CIPHERTEXT_LENGTH + X25519_LENGTH
export const HYBRID_SEED_LENGTH = 32

/** X-Wing §5.3: `\.//^\`. */
const LABEL = Buffer.from('\\.//^\\', 'latin1')

export interface HybridPublicKey {
  readonly bytes: Buffer
  readonly mlkem: KeyObject
  readonly x25519: X25519PublicKey
}

export interface HybridPrivateKey {
  readonly publicKey: HybridPublicKey
  readonly mlkem: KeyObject
  readonly x25519: X25519PrivateKey
}

/** Null for keys of another length or with coefficients that are not reduced (FIPS 203 §7.2), and an X25519 part of low order. */
export function hybridPublicKey(bytes: Uint8Array): HybridPublicKey | null {
  if (bytes.length !== HYBRID_PUBLIC_LENGTH) return null
  const own = Buffer.from(bytes)
  const x25519 = x25519PublicKey(own.subarray(MLKEM_PUBLIC_LENGTH))
  if (x25519 === null) return null
  try {
    const key = own.subarray(0, MLKEM_PUBLIC_LENGTH)
    return { bytes: own, mlkem: createPublicKey({ key, format: 'raw-public', asymmetricKeyType }), x25519 }
  } catch {
    return null
  }
}

/** `seed` has 32 bytes, and may be wiped afterwards. */
export function hybridPrivateKey(seed: Uint8Array): HybridPrivateKey {
  if (seed.length !== HYBRID_SEED_LENGTH) throw new RangeError('a hybrid seed has 32 bytes')
  // Concrete hybrid KEMs §5: expandDecapsulationKey.
  const expanded = hash('shake256', seed, {
    outputEncoding: 'buffer',
    outputLength: MLKEM_SEED_LENGTH + X25519_LENGTH,
  })
  const mlkem = createPrivateKey({
    key: expanded.subarray(0, MLKEM_SEED_LENGTH),
    format: 'raw-seed',
    asymmetricKeyType,
  })
  const x25519 = x25519PrivateKey(expanded.subarray(MLKEM_SEED_LENGTH))
  wipe(expanded)
  const mlkemPublic = createPublicKey(mlkem)
  const bytes = Buffer.concat([mlkemPublic.export({ format: 'raw-public' }), x25519.publicKey.bytes])
  return { publicKey: { bytes, mlkem: mlkemPublic, x25519: x25519.publicKey }, mlkem, x25519 }
}

export interface Encapsulated {
  /** 1120 bytes. */
  readonly encapsulation: Buffer
  /** 32 bytes, wiped by the caller. */
  readonly secret: Buffer
}

export function hybridEncapsulate(recipient: HybridPublicKey): Encapsulated {
  const { sharedKey, ciphertext } = encapsulate(recipient.mlkem)
  const { share, secret } = agreeWithNewKey(recipient.x25519)
  return {
    encapsulation: Buffer.concat([ciphertext, share]),
    secret: combine(sharedKey, secret, share, recipient.x25519.bytes),
  }
}

/**
 * `encapsulation` has 1120 bytes. Null if its X25519 share is of low order; any other has a secret, which only its maker knows
 * (FIPS 203 §6.3, implicit rejection).
 */
export function hybridDecapsulate(privateKey: HybridPrivateKey, encapsulation: Uint8Array): Buffer | null {
  const share = encapsulation.subarray(MLKEM_CIPHERTEXT_LENGTH)
  const secret = agreeWithShare(privateKey.x25519, share)
  if (secret === null) return null
  const sharedKey = decapsulate(privateKey.mlkem, encapsulation.subarray(0, MLKEM_CIPHERTEXT_LENGTH))
  return combine(sharedKey, secret, share, privateKey.publicKey.x25519.bytes)
}

const SECRET_LENGTH = 32
/** What is digested, with the label at its end; else zeros when nothing is under way. */
const input = Buffer.concat([Buffer.alloc(2 * SECRET_LENGTH + 2 * X25519_LENGTH), LABEL])

/** X-Wing §5.3. Wipes both secrets, of 32 bytes each. */
function combine(mlkemSecret: Buffer, x25519Secret: Buffer, share: Uint8Array, publicKey: Uint8Array): Buffer {
  input.set(mlkemSecret)
  input.set(x25519Secret, SECRET_LENGTH)
  input.set(share, 2 * SECRET_LENGTH)
  input.set(publicKey, 2 * SECRET_LENGTH + X25519_LENGTH)
  const combined = hash('sha3-256', input, 'buffer')
  input.fill(0, 0, input.length - LABEL.length)
  wipe(mlkemSecret, x25519Secret)
  return combined
}
