// COSE_Key (RFC 9052 §7, RFC 9053 §7, RFC 8230 §4) as authenticators give it: ES256, EdDSA with Ed25519, RS256, and nothing else.
//
// Rejects: other algorithms, labels that the key's type does not have, and keys that cannot be used.

import { type CredentialKey, credentialKeyIsValid } from '#crypto/credential-key.ts'
import { decodeCbor } from '#keys/cbor.ts'

const LABEL = { type: 1, algorithm: 3, first: -1, second: -2, third: -3 } as const

/** The largest is an RSA key of 4,096 bits. */
const KEY_BYTES_MAX = 640

const TYPE = { okp: 1, ec2: 2, rsa: 3 } as const
const CURVE = { p256: 1, ed25519: 6 } as const

/** COSE's numbers, in the order in which they are preferred. RFC 9053 §2, RFC 8812 §2. */
const ALGORITHM = { es256: -7, eddsa: -8, rs256: -257 } as const

/** Null for what is no key of these kinds. */
export function parseCoseKey(bytes: Uint8Array): CredentialKey | null {
  const map = bytes.length > KEY_BYTES_MAX ? undefined : decodeCbor(bytes)
  if (!(map instanceof Map)) return null
  const key = keyOf(map)
  return key !== null && credentialKeyIsValid(key) ? key : null
}

function keyOf(map: ReadonlyMap<unknown, unknown>): CredentialKey | null {
  const [type, algorithm] = [map.get(LABEL.type), map.get(LABEL.algorithm)]
  const [first, second, third] = [map.get(LABEL.first), map.get(LABEL.second), map.get(LABEL.third)]
  if (type === TYPE.ec2 && algorithm === ALGORITHM.es256 && first === CURVE.p256 && map.size === 5) {
    return isBytes(second) && isBytes(third) ? { algorithm: 'ES256', x: second, y: third } : null
  }
  if (map.size !== 4) return null
  if (type === TYPE.okp && algorithm === ALGORITHM.eddsa && first === CURVE.ed25519) {
    return isBytes(second) ? { algorithm: 'EdDSA', x: second } : null
  }
  if (type === TYPE.rsa && algorithm === ALGORITHM.rs256) {
    return isBytes(first) && isBytes(second) ? { algorithm: 'RS256', n: first, e: second } : null
  }
  return null
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}
