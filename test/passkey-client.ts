// A browser and an authenticator in software: makes a passkey of an account over JMAP, and logs in by it.

import assert from 'node:assert/strict'
import { SoftAuthenticator } from '#webauthn/authenticator.test-support.ts'
import type { Mailkeep } from './harness.ts'

const KEYS = ['urn:ietf:params:jmap:core', 'urn:mailkeep:keys']

export interface PasskeyUser {
  readonly address: string
  readonly password: string
  /** What its PRF gives, 32 bytes. */
  readonly prf: Buffer
  readonly label: string
}

/** The status of a login by a passkey that was made for it. */
export async function useNewPasskey({ ports }: Mailkeep, user: PasskeyUser): Promise<number> {
  const base = `http://localhost:${ports.http}`
  const wrong = { origin: base, relyingParty: 'localhost' }
  const post = async (path: string, body: unknown, token = ''): Promise<Response> => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }
    return fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) })
  }
  const { address: name, password, prf, label } = user
  const { token } = (await (await post('/auth/login', { name, password })).json()) as { token: string }
  const session = await fetch(`${base}/jmap/session`, { headers: { Authorization: `Bearer ${token}` } })
  const { primaryAccounts } = (await session.json()) as { primaryAccounts: Record<string, string> }
  const accountId = primaryAccounts['urn:mailkeep:keys']
  const call = async (method: string, args: object): Promise<Record<string, any>> => {
    const methodCalls = [[method, { accountId, ownerPassword: password, ...args }, 'c']]
    const response = await post('/jmap/api', { using: KEYS, methodCalls }, token)
    const { methodResponses } = (await response.json()) as { methodResponses: [string, Record<string, any>][] }
    return methodResponses[0]?.[1] ?? {}
  }

  const key = new SoftAuthenticator()
  const asked = await call('KeySlot/beginPasskey', {})
  const { challenge, proofChallenge } = asked
  const made = key.create(fromBase64url(challenge), wrong)
  const proof = key.get(fromBase64url(proofChallenge), wrong)
  const passkey = {
    kind: 'passkey',
    label,
    challenge,
    proofChallenge,
    attestation: { clientDataJSON: base64url(made.clientData), attestationObject: base64url(made.attestationObject) },
    proof: encoded(proof),
    prf: base64url(prf),
  }
  const { created } = await call('KeySlot/set', { create: { new: passkey } })
  assert.equal(created?.new?.kind, 'passkey')

  const login = (await (await post('/auth/passkey/challenge', {})).json()) as { challenge: string }
  const used = key.get(fromBase64url(login.challenge), wrong)
  const given = {
    ...encoded(used),
    challenge: login.challenge,
    credentialId: base64url(key.id),
    userHandle: asked['userId'],
    prf: base64url(prf),
  }
  const { status } = await post('/auth/passkey', given)
  return status
}

function encoded({ clientData, authenticatorData, signature }: ReturnType<SoftAuthenticator['get']>): object {
  return {
    clientDataJSON: base64url(clientData),
    authenticatorData: base64url(authenticatorData),
    signature: base64url(signature),
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function fromBase64url(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
