// A new credential (Web Authentication Level 3 §7.1): who it is for, and its public key. Attestation of the format "none" alone: which make of
// authenticator it is, nobody here wants to know. Such an answer is signed by nobody: whoever stores the credential has seen an assertion of it, too.
//
// Rejects everything else, and what parseClientData and parseAuthenticatorData reject.

import { type Result, fail, ok } from '#base/result.ts'
import { sha256 } from '#crypto/hash.ts'
import { decodeCbor } from '#keys/cbor.ts'
import { type AuthenticatorData, parseAuthenticatorData } from './authenticator-data.ts'
import { type Expected, parseClientData } from './client-data.ts'
import { parseCoseKey } from './cose-key.ts'
import type { WebAuthnProblem } from './problem.ts'

const ATTESTATION_BYTES_MAX = 4_200

export interface Registration {
  readonly clientData: Uint8Array
  readonly attestationObject: Uint8Array
}

export interface NewCredential {
  readonly id: Buffer
  /** A COSE_Key that `parseCoseKey` takes. */
  readonly publicKey: Buffer
  readonly relyingParty: string
  readonly isBackupEligible: boolean
}

export function verifyRegistration(
  { clientData, attestationObject }: Registration,
  expected: Expected,
): Result<NewCredential, WebAuthnProblem> {
  const client = parseClientData(clientData, 'webauthn.create', expected)
  if (!client.ok) return client
  const { relyingParty } = client.value
  const data = parseAttestation(attestationObject)
  if (data === null) return fail('attestation')
  const authenticator = parseAuthenticatorData(data, true)
  if (authenticator === null || authenticator.credential === null) return fail('authenticatorData')
  const problem = problemOf(authenticator, relyingParty)
  if (problem !== null) return fail(problem)
  const { id, publicKey } = authenticator.credential
  if (parseCoseKey(publicKey) === null) return fail('publicKey')
  return ok({ id, publicKey, relyingParty, isBackupEligible: authenticator.isBackupEligible })
}

/** What every ceremony asks of the authenticator. */
export function problemOf(
  { rpIdHash, isPresent, isVerified }: AuthenticatorData,
  relyingParty: string,
): WebAuthnProblem | null {
  if (!rpIdHash.equals(sha256(Buffer.from(relyingParty)))) return 'relyingParty'
  if (!isPresent) return 'notPresent'
  return isVerified ? null : 'notVerified'
}

/** The authenticator data of an attestation object (§6.5.4) of the format "none" (§8.7). */
function parseAttestation(bytes: Uint8Array): Uint8Array | null {
  const map = bytes.length > ATTESTATION_BYTES_MAX ? undefined : decodeCbor(bytes)
  if (!(map instanceof Map) || map.size !== 3 || map.get('fmt') !== 'none') return null
  const [statement, data] = [map.get('attStmt') as unknown, map.get('authData') as unknown]
  if (!(statement instanceof Map) || statement.size > 0) return null
  return data instanceof Uint8Array ? data : null
}
