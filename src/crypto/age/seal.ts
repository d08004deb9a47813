// Sealing to an age file. https://github.com/C2SP/C2SP/blob/main/age.md
//
// Recipients of one file are all of one kind: a file that is also sealed to an X25519 key is no longer safe from a quantum
// computer, and whoever chose the hybrid one would not know. No plaintext is kept, and every key that is derived on the way
// is overwritten once it is used.

import { wipe } from '#base/bytes.ts'
import { randomBytes } from '#crypto/random.ts'
import { encodeBase64 } from './base64.ts'
import {
  derivePayloadKey,
  FILE_KEY_LENGTH,
  headerMac,
  PAYLOAD_NONCE_LENGTH,
  SEALED_FILE_KEY_LENGTH,
} from './file-key.ts'
import { encodeHeaderEnd, encodeHeaderStart, MAC_LENGTH, type Stanza } from './header.ts'
import { HYBRID_ENCAPSULATION_LENGTH } from './hybrid-kem.ts'
import { HYBRID_TYPE, hybridStanza } from './hybrid-stanza.ts'
import type { Recipient } from './recipient.ts'
import { agePayloadLength, sealPayloadInto } from './stream.ts'
import { X25519_LENGTH } from './x25519.ts'
import { X25519_TYPE, x25519Stanza } from './x25519-stanza.ts'

/** So that the header of every file sealed here is within the bounds of opening. */
const RECIPIENTS_MAX = 20

/** A whole age file. Throws RangeError for no recipients, over 20, or of both kinds. */
export function sealAge(recipients: readonly Recipient[], plaintext: Uint8Array): Buffer {
  return sealAfter(sealStart(recipients), plaintext)
}

/** The whole file that begins so. Its key is wiped: a beginning is for one file. */
export function sealAfter({ start, payloadKey }: SealedStart, plaintext: Uint8Array): Buffer {
  const file = Buffer.allocUnsafe(start.length + agePayloadLength(plaintext.length))
  file.set(start)
  sealPayloadInto(file, start.length, payloadKey, plaintext)
  wipe(payloadKey)
  return file
}

/** Bytes of the file that `plaintextLength` bytes are sealed to. */
export function sealedLength(plaintextLength: number, recipients: readonly Recipient[]): number {
  let length = BARE_HEADER_LENGTH + PAYLOAD_NONCE_LENGTH + agePayloadLength(plaintextLength)
  for (const { kind } of recipients) length += STANZA_LENGTHS[kind]
  return length
}

const HEADER_END_LENGTH = encodeHeaderEnd(Buffer.alloc(MAC_LENGTH)).length
const BARE_HEADER_LENGTH = encodeHeaderStart([]).length + HEADER_END_LENGTH
const STANZA_LENGTHS = {
  x25519: stanzaLength(X25519_TYPE, X25519_LENGTH),
  hybrid: stanzaLength(HYBRID_TYPE, HYBRID_ENCAPSULATION_LENGTH),
}

function stanzaLength(type: string, argumentLength: number): number {
  const args = [encodeBase64(Buffer.alloc(argumentLength))]
  const withStanza = encodeHeaderStart([{ type, args, body: Buffer.alloc(SEALED_FILE_KEY_LENGTH) }])
  return withStanza.length - encodeHeaderStart([]).length
}

export interface SealedStart {
  /** The header, and the nonce after it. */
  readonly start: Buffer
  /** Wiped by the caller. */
  readonly payloadKey: Buffer
}

/** A new file up to its payload. Throws as `sealAge`. */
export function sealStart(recipients: readonly Recipient[]): SealedStart {
  const kind = recipients[0]?.kind
  if (kind === undefined || recipients.length > RECIPIENTS_MAX) throw new RangeError('1 to 20 recipients')
  if (recipients.some((recipient) => recipient.kind !== kind)) throw new RangeError('recipients of both kinds')
  const random = randomBytes(FILE_KEY_LENGTH + PAYLOAD_NONCE_LENGTH)
  const fileKey = random.subarray(0, FILE_KEY_LENGTH)
  const nonce = random.subarray(FILE_KEY_LENGTH)
  const authenticated = encodeHeaderStart(recipients.map((recipient) => wrapFileKey(recipient, fileKey)))
  const start = Buffer.allocUnsafe(authenticated.length + HEADER_END_LENGTH + PAYLOAD_NONCE_LENGTH)
  start.write(authenticated, 'latin1')
  const mac = headerMac(fileKey, start.subarray(0, authenticated.length))
  start.write(encodeHeaderEnd(mac), authenticated.length, 'latin1')
  start.set(nonce, authenticated.length + HEADER_END_LENGTH)
  const payloadKey = derivePayloadKey(fileKey, nonce)
  wipe(random)
  return { start, payloadKey }
}

function wrapFileKey(recipient: Recipient, fileKey: Uint8Array): Stanza {
  return recipient.kind === 'x25519' ? x25519Stanza(recipient.key, fileKey) : hybridStanza(recipient.key, fileKey)
}
