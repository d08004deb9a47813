// What the browser is asked for, and what it answers (docs/formats/passkeys.md). The authenticator asks for PIN, fingerprint or face, keeps the passkey by itself, and
// gives by its PRF what opens the mail: without that a passkey is of no use here.

import { JmapFailure } from '#web/jmap/failure.ts'
import { fromBase64url, toBase64url } from './base64url.ts'

/** docs/formats/keys.md §3. */
const PRF_INPUT = 'mailkeep/v1/passkey'
const TIMEOUT_MS = 180_000
/** ES256, EdDSA, RS256. */
const ALGORITHMS = [-7, -8, -257] as const

/** All of it in base64url. */
export interface Login {
  readonly credentialId: string
  readonly challenge: string
  readonly userHandle: string
  readonly clientDataJSON: string
  readonly authenticatorData: string
  readonly signature: string
  readonly prf: string
}

export interface PasskeyRequest {
  readonly challenge: string
  readonly proofChallenge: string
  readonly userId: string
  readonly userName: string
  readonly excludeCredentials: readonly string[]
}

export interface Attestation {
  readonly credentialId: string
  readonly clientDataJSON: string
  readonly attestationObject: string
}

export interface Proof {
  readonly clientDataJSON: string
  readonly authenticatorData: string
  readonly signature: string
  readonly prf: string
}

const NO_PRF =
  'This passkey cannot open your mail: the device, or this browser, does not give out what that takes (the “PRF” extension). ' +
  'Take another device or browser, or your password.'

/** Any passkey for this server. Rejects with JmapFailure, as all of these. */
export async function askForLogin(challenge: string): Promise<Login> {
  const { credential, response, prf } = await assertion(challenge, [])
  if (response.userHandle === null) throw new JmapFailure('refused', 'That passkey does not say whose it is.')
  return {
    credentialId: toBase64url(credential.rawId),
    challenge,
    userHandle: toBase64url(response.userHandle),
    ...signed(response),
    prf,
  }
}

/** A new one. It is not stored anywhere but in the authenticator yet. */
export async function makePasskey(request: PasskeyRequest): Promise<Attestation> {
  const credential = await asked(
    () =>
      navigator.credentials.create({
        publicKey: {
          challenge: fromBase64url(request.challenge),
          rp: { id: location.hostname, name: `Mailkeep at ${location.hostname}` },
          user: { id: fromBase64url(request.userId), name: request.userName, displayName: request.userName },
          pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
          excludeCredentials: request.excludeCredentials.map(descriptor),
          authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
          attestation: 'none',
          timeout: TIMEOUT_MS,
          extensions: { prf: {} },
        },
      }),
    'making',
  )
  if (credential.getClientExtensionResults().prf?.enabled !== true) {
    await forget(credential)
    throw new JmapFailure('refused', `${NO_PRF} What it made opens nothing: you can remove it there.`)
  }
  const response = credential.response as AuthenticatorAttestationResponse
  return {
    credentialId: toBase64url(credential.rawId),
    clientDataJSON: toBase64url(response.clientDataJSON),
    attestationObject: toBase64url(response.attestationObject),
  }
}

/** The passkey that was made is used once. */
export async function tryPasskey({ proofChallenge }: PasskeyRequest, { credentialId }: Attestation): Promise<Proof> {
  const { response, prf } = await assertion(proofChallenge, [credentialId])
  return { ...signed(response), prf }
}

async function assertion(
  challenge: string,
  allowed: readonly string[],
): Promise<{
  readonly credential: PublicKeyCredential
  readonly response: AuthenticatorAssertionResponse
  readonly prf: string
}> {
  const credential = await asked(
    () =>
      navigator.credentials.get({
        publicKey: {
          challenge: fromBase64url(challenge),
          rpId: location.hostname,
          allowCredentials: allowed.map(descriptor),
          userVerification: 'required',
          timeout: TIMEOUT_MS,
          extensions: { prf: { eval: { first: new TextEncoder().encode(PRF_INPUT) } } },
        },
      }),
    'using',
  )
  const first = credential.getClientExtensionResults().prf?.results?.first
  if (first === undefined) throw new JmapFailure('refused', NO_PRF)
  const output = ArrayBuffer.isView(first)
    ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength)
    : new Uint8Array(first)
  const prf = toBase64url(output)
  output.fill(0)
  return { credential, response: credential.response as AuthenticatorAssertionResponse, prf }
}

function signed(response: AuthenticatorAssertionResponse): Omit<Proof, 'prf'> {
  return {
    clientDataJSON: toBase64url(response.clientDataJSON),
    authenticatorData: toBase64url(response.authenticatorData),
    signature: toBase64url(response.signature),
  }
}

function descriptor(id: string): PublicKeyCredentialDescriptor {
  return { type: 'public-key', id: fromBase64url(id) }
}

async function asked(ask: () => Promise<Credential | null>, doing: 'making' | 'using'): Promise<PublicKeyCredential> {
  let credential: Credential | null
  try {
    credential = await ask()
  } catch (error) {
    throw new JmapFailure('refused', wordsOf(error, doing))
  }
  if (credential instanceof PublicKeyCredential) return credential
  throw new JmapFailure('refused', 'The browser gave no passkey.')
}

function wordsOf(error: unknown, doing: 'making' | 'using'): string {
  const { name, message } = error instanceof DOMException ? error : { name: '', message: '' }
  // Chromium refuses by the same name as a person, and tells the difference in its message alone.
  if (/certificate/i.test(message)) {
    return 'The browser uses no passkeys here, because it does not trust this server’s certificate.'
  }
  switch (name) {
    case 'InvalidStateError':
      return 'There is a passkey for this account on that device already.'
    case 'ConstraintError':
    case 'NotSupportedError':
      return 'That device cannot keep a passkey that asks for a PIN, a fingerprint or your face.'
    case 'SecurityError':
      return 'The browser uses no passkeys at this address.'
    default:
      return doing === 'making'
        ? 'No passkey was made: it was cancelled, it took too long, or the device cannot.'
        : 'No passkey was used: it was cancelled, it took too long, or this device has none for this server.'
  }
}

/** So that the device does not offer a passkey that opens nothing. Few browsers can, so far. */
async function forget(credential: PublicKeyCredential): Promise<void> {
  const api = PublicKeyCredential as unknown as {
    readonly signalUnknownCredential?: (unknown: { rpId: string; credentialId: string }) => Promise<void>
  }
  await api
    .signalUnknownCredential?.({ rpId: location.hostname, credentialId: toBase64url(credential.rawId) })
    .catch(() => undefined)
}
