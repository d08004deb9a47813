// An assertion (Web Authentication Level 3 §7.2): somebody has the authenticator, was there, and proved to it to be its owner. Whether its counter has gone on
// (§6.1.1) is for whoever keeps the last one.
//
// Rejects what parseClientData and parseAuthenticatorData reject, and whatever the credential's key did not sign.

import { type Result, fail, ok } from '#base/result.ts'
import { verifyCredentialSignature } from '#crypto/credential-key.ts'
import { sha256 } from '#crypto/hash.ts'
import { parseAuthenticatorData } from './authenticator-data.ts'
import { type Expected, parseClientData } from './client-data.ts'
import { parseCoseKey } from './cose-key.ts'
import type { WebAuthnProblem } from './problem.ts'
import { problemOf } from './registration.ts'

/** The longest is one of RSA with 4,096 bits. */
const SIGNATURE_BYTES_MAX = 512

export interface Assertion {
  readonly clientData: Uint8Array
  readonly authenticatorData: Uint8Array
  readonly signature: Uint8Array
}

export interface Asserted {
  readonly relyingParty: string
  readonly isBackupEligible: boolean
  /** 0: the authenticator does not count. */
  readonly counter: number
}

/** `publicKey` is a COSE_Key. */
export function verifyAssertion(
  { clientData, authenticatorData, signature }: Assertion,
  expected: Expected,
  publicKey: Uint8Array,
): Result<Asserted, WebAuthnProblem> {
  const client = parseClientData(clientData, 'webauthn.get', expected)
  if (!client.ok) return client
  const { relyingParty } = client.value
  const authenticator = parseAuthenticatorData(authenticatorData, false)
  if (authenticator === null) return fail('authenticatorData')
  const problem = problemOf(authenticator, relyingParty)
  if (problem !== null) return fail(problem)
  const key = parseCoseKey(publicKey)
  if (key === null) return fail('publicKey')
  const signed = Buffer.concat([authenticatorData, sha256(clientData)])
  if (signature.length > SIGNATURE_BYTES_MAX || !verifyCredentialSignature(key, signed, signature))
    return fail('signature')
  const { isBackupEligible, counter } = authenticator
  return ok({ relyingParty, isBackupEligible, counter })
}
