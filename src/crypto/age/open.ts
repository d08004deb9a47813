// Opening an age file. https://github.com/C2SP/C2SP/blob/main/age.md
//
// Every stanza of a type that is known here is checked before any is tried, so that what a file is taken for does not depend
// on who opens it. Passphrases (`scrypt`) and ASCII armor are not supported: such files have no match, or no header.

import { wipe } from '#base/bytes.ts'
import { fail, ok, type Result } from '#base/result.ts'
import { constantTimeEqual } from '#crypto/constant-time.ts'
import { derivePayloadKey, headerMac, PAYLOAD_NONCE_LENGTH } from './file-key.ts'
import { parseHeader, type Stanza } from './header.ts'
import { HYBRID_TYPE, openHybridStanza, parseHybridStanza, type HybridWrapped } from './hybrid-stanza.ts'
import type { Identity } from './identity.ts'
import { openAgePayload } from './stream.ts'
import { openX25519Stanza, parseX25519Stanza, X25519_TYPE, type X25519Wrapped } from './x25519-stanza.ts'

const SCRYPT_TYPE = 'scrypt'

/**
 * `malformedHeader`: not an age file, or not one that may be opened; `noMatch`: sealed to others; `wrongMac`: the header was changed;
 * `damagedPayload`: the payload was, or is cut off.
 */
export type AgeError = 'malformedHeader' | 'noMatch' | 'wrongMac' | 'damagedPayload'

export interface OpenedHeader {
  /** 32 bytes, wiped by the caller. */
  readonly payloadKey: Buffer
  /** Of the first chunk, in the file. */
  readonly payloadOffset: number
}

/** All of the plaintext, which the caller wipes. */
export function openAge(file: Uint8Array, identities: readonly Identity[]): Result<Buffer, AgeError> {
  const header = openAgeHeader(file, identities)
  if (!header.ok) return header
  const { payloadKey, payloadOffset } = header.value
  const plaintext = openAgePayload(payloadKey, file.subarray(payloadOffset))
  wipe(payloadKey)
  return plaintext === null ? fail('damagedPayload') : ok(plaintext)
}

/** `file` may be cut off after the header, of at most 64 KiB, and the 16 bytes that follow it. */
export function openAgeHeader(file: Uint8Array, identities: readonly Identity[]): Result<OpenedHeader, AgeError> {
  const header = parseHeader(file)
  const wrapped = header === null ? null : parseWrapped(header.stanzas)
  if (header === null || wrapped === null) return fail('malformedHeader')
  const fileKey = findFileKey(wrapped, identities)
  if (typeof fileKey === 'string') return fail(fileKey)
  const payloadOffset = header.length + PAYLOAD_NONCE_LENGTH
  const intact = constantTimeEqual(headerMac(fileKey, header.authenticated), header.mac)
  const opened = !intact
    ? fail('wrongMac' as const)
    : file.length < payloadOffset
      ? fail('malformedHeader' as const)
      : ok({ payloadKey: derivePayloadKey(fileKey, file.subarray(header.length, payloadOffset)), payloadOffset })
  wipe(fileKey)
  return opened
}

type Wrapped =
  | { readonly kind: 'x25519'; readonly stanza: X25519Wrapped }
  | { readonly kind: 'hybrid'; readonly stanza: HybridWrapped }

/** The stanzas that an identity could open; null if one is malformed. Unknown types are passed over. */
function parseWrapped(stanzas: readonly Stanza[]): Wrapped[] | null {
  const wrapped: Wrapped[] = []
  for (const stanza of stanzas) {
    if (stanza.type === X25519_TYPE) {
      const parsed = parseX25519Stanza(stanza)
      if (parsed === null) return null
      wrapped.push({ kind: 'x25519', stanza: parsed })
    } else if (stanza.type === HYBRID_TYPE) {
      const parsed = parseHybridStanza(stanza)
      if (parsed === null) return null
      wrapped.push({ kind: 'hybrid', stanza: parsed })
    } else if (stanza.type === SCRYPT_TYPE && stanzas.length > 1) {
      // Whoever knows a passphrase can make such a file: it must not pass for one that a recipient's key authenticates.
      return null
    }
  }
  return wrapped
}

function findFileKey(
  wrapped: readonly Wrapped[],
  identities: readonly Identity[],
): Buffer | 'noMatch' | 'malformedHeader' {
  for (const stanza of wrapped) {
    for (const identity of identities) {
      const fileKey = tryIdentity(identity, stanza)
      if (fileKey === 'malformed') return 'malformedHeader'
      if (fileKey !== null) return fileKey
    }
  }
  return 'noMatch'
}

function tryIdentity({ key }: Identity, wrapped: Wrapped): Buffer | null | 'malformed' {
  if (wrapped.kind === 'x25519') return key.kind === 'x25519' ? openX25519Stanza(key.key, wrapped.stanza) : null
  return key.kind === 'hybrid' ? openHybridStanza(key.key, wrapped.stanza) : null
}
