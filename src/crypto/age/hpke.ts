// HPKE (RFC 9180) in base mode, as age's hybrid recipient uses it: KEM 0x647a, HKDF-SHA256, ChaCha20-Poly1305, and one
// message for each shared secret. What depends on the suite and the application's `info` alone is computed once.

import { wipe } from '#base/bytes.ts'
import { hmacSha256 } from '#crypto/hkdf.ts'

/** RFC 9180 §5.1: "HPKE", then the identifiers of KEM, KDF and AEAD. */
const SUITE = Buffer.from([...Buffer.from('HPKE'), 0x64, 0x7a, 0x00, 0x01, 0x00, 0x03])
const VERSION = Buffer.from('HPKE-v1')
const EMPTY = Buffer.alloc(0)
const KEY_LENGTH = 32
const NONCE_LENGTH = 12

/** RFC 9180 §4: LabeledExtract; the input that follows salt, version, suite and label is `ikm`. */
function labeledExtract(salt: Uint8Array, label: string, ikm: Uint8Array): Buffer {
  return hmacSha256(salt, Buffer.concat([VERSION, SUITE, Buffer.from(label), ikm]))
}

/** RFC 9180 §4: the `info` that LabeledExpand gives to HKDF-Expand, with the number of its only block (RFC 5869 §2.3). */
function labeledInfo(label: string, info: Uint8Array, length: number): Buffer {
  return Buffer.concat([Buffer.from([0, length]), VERSION, SUITE, Buffer.from(label), info, Buffer.from([1])])
}

export interface HpkeApplication {
  readonly keyInfo: Buffer
  readonly nonceInfo: Buffer
}

/** For all messages with this `info`. */
export function hpkeApplication(info: string): HpkeApplication {
  const context = Buffer.concat([
    Buffer.from([0]), // mode_base
    labeledExtract(EMPTY, 'psk_id_hash', EMPTY),
    labeledExtract(EMPTY, 'info_hash', Buffer.from(info)),
  ])
  return {
    keyInfo: labeledInfo('key', context, KEY_LENGTH),
    nonceInfo: labeledInfo('base_nonce', context, NONCE_LENGTH),
  }
}

const SECRET_INPUT = Buffer.concat([VERSION, SUITE, Buffer.from('secret')])

/** RFC 9180 §5.1, KeySchedule, for the first message. Wipes `sharedSecret`; the key is wiped by the caller. */
export function hpkeKeys(application: HpkeApplication, sharedSecret: Buffer): { key: Buffer; nonce: Buffer } {
  const secret = hmacSha256(sharedSecret, SECRET_INPUT)
  const key = hmacSha256(secret, application.keyInfo)
  const nonce = hmacSha256(secret, application.nonceInfo).subarray(0, NONCE_LENGTH)
  wipe(secret, sharedSecret)
  return { key, nonce }
}
