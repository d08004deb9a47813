// What the browser says of a ceremony: CollectedClientData (Web Authentication Level 3 §5.8.1), JSON in bytes, of which the authenticator signs the digest.
//
// Members that are not known are passed over, as the specification wants it. Rejects: other ceremonies, challenges and origins, frames within pages of another
// origin, and the token binding of Level 1.

import { utf8TextOrNull } from '#base/bytes.ts'
import { encodeBase64url } from '#base/base64url.ts'
import { type Result, fail, ok } from '#base/result.ts'
import type { WebAuthnProblem } from './problem.ts'

const CLIENT_DATA_BYTES_MAX = 4_096

export interface Expected {
  /** As it was given out. */
  readonly challenge: Uint8Array
  /** Serialised as browsers do: scheme, host, and the port if it is not the scheme's own. */
  readonly origins: readonly string[]
}

export interface ClientData {
  /** The host of the origin: where the credential is for. */
  readonly relyingParty: string
}

export function parseClientData(
  bytes: Uint8Array,
  type: 'webauthn.create' | 'webauthn.get',
  { challenge, origins }: Expected,
): Result<ClientData, WebAuthnProblem> {
  const data = readObject(bytes)
  if (data === null || data['type'] !== type || data['tokenBinding'] !== undefined) return fail('clientData')
  if (data['challenge'] !== encodeBase64url(challenge)) return fail('challenge')
  const origin = origins.find((own) => own === data['origin'])
  if (origin === undefined) return fail('origin')
  if ((data['crossOrigin'] ?? false) !== false || data['topOrigin'] !== undefined) return fail('crossOrigin')
  return ok({ relyingParty: new URL(origin).hostname })
}

function readObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  const text = bytes.length > CLIENT_DATA_BYTES_MAX ? null : utf8TextOrNull(bytes)
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
