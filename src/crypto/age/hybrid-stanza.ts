// age's hybrid recipient stanza: `-> mlkem768x25519 <encapsulation>` with the file key, sealed by HPKE, as its body.

import { wipe } from '#base/bytes.ts'
import { encodeBase64, parseBase64 } from './base64.ts'
import { chachaOpen } from './chacha.ts'
import { SEALED_FILE_KEY_LENGTH, sealFileKey } from './file-key.ts'
import type { Stanza } from './header.ts'
import { hpkeApplication, hpkeKeys } from './hpke.ts'
import {
  HYBRID_ENCAPSULATION_LENGTH,
  hybridDecapsulate,
  hybridEncapsulate,
  type HybridPrivateKey,
  type HybridPublicKey,
} from './hybrid-kem.ts'

export const HYBRID_TYPE = 'mlkem768x25519'
const application = hpkeApplication('age-encryption.org/mlkem768x25519')

export function hybridStanza(recipient: HybridPublicKey, fileKey: Uint8Array): Stanza {
  const { encapsulation, secret } = hybridEncapsulate(recipient)
  const { key, nonce } = hpkeKeys(application, secret)
  const body = sealFileKey(key, nonce, fileKey)
  wipe(key)
  return { type: HYBRID_TYPE, args: [encodeBase64(encapsulation)], body }
}

export interface HybridWrapped {
  readonly encapsulation: Buffer
  readonly body: Buffer
}

/** Of a stanza of this type; null if it is malformed. */
export function parseHybridStanza({ args, body }: Stanza): HybridWrapped | null {
  const encapsulation = args.length === 1 ? parseBase64(args[0] as string) : null
  return encapsulation?.length === HYBRID_ENCAPSULATION_LENGTH && body.length === SEALED_FILE_KEY_LENGTH
    ? { encapsulation, body }
    : null
}

/** The file key, null if the stanza is not for this key, or `malformed` if its X25519 share is of low order. */
export function openHybridStanza(
  privateKey: HybridPrivateKey,
  { encapsulation, body }: HybridWrapped,
): Buffer | null | 'malformed' {
  const secret = hybridDecapsulate(privateKey, encapsulation)
  if (secret === null) return 'malformed'
  const { key, nonce } = hpkeKeys(application, secret)
  const fileKey = chachaOpen(key, nonce, body)
  wipe(key)
  return fileKey
}
