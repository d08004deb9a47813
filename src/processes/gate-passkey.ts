// Logins by passkeys at the gate (docs/formats/passkeys.md §3): it gives out challenges before anybody knows whose login it will be, and hands what a browser brings to
// the vault that has the account. What an authenticator's PRF gives is handled as a password is.
//
// A challenge is spent when a vault has decided by it. Nothing here tells whether there is such an account or such a passkey.

import { decodeBase64url, encodeBase64url } from '#base/base64url.ts'
import { utf8TextOrNull, wipe } from '#base/bytes.ts'
import { accountIdFromBytes } from '#base/ids.ts'
import type { LoginThrottle } from '#gate/login-throttle.ts'
import { sleep } from '#platform/clock.ts'
import type { Log } from '#platform/log.ts'
import type { Connection } from '#platform/net.ts'
import type { PasskeyLogin, WebResponse } from '#protocol/vault-web.ts'
import type { Challenges } from '#webauthn/challenges.ts'
import { networkOf } from './connection-limits.ts'
import { oneAnswer } from './gate-jmap.ts'
import { vaultNumberOf } from './vault-number.ts'

/** Everything that a browser brings, in base 64. */
export const PASSKEY_LOGIN_BYTES_MAX = 16_384

type Given = Omit<PasskeyLogin, 'kind' | 'remote' | 'isTls'>

export interface GatePasskeyParts {
  readonly log: Log
  readonly throttle: LoginThrottle
  readonly challenges: Challenges
  readonly vaults: number
  vault(number: number): Promise<Connection | null>
}

export type PasskeyOutcome =
  | Extract<WebResponse, { kind: 'token' | 'rebuilding' | 'refused' | 'counterBehind' | 'unavailable' }>
  | { readonly kind: 'malformed' }
  /** The challenge is over, or was never given out. */
  | { readonly kind: 'expired' }

/** What an authenticator is asked to sign. */
export function passkeyChallenge({ challenges }: GatePasskeyParts, remote: string): { readonly challenge: string } {
  return { challenge: encodeBase64url(challenges.issue(networkOf(remote))) }
}

/** `body` stays the caller's. */
export async function logInByPasskey(
  parts: GatePasskeyParts,
  body: Uint8Array,
  client: Pick<PasskeyLogin, 'remote' | 'isTls'>,
): Promise<PasskeyOutcome> {
  const given = parsePasskeyLogin(body)
  if (given === null) return { kind: 'malformed' }
  try {
    return await attempt(parts, given, client)
  } finally {
    wipe(given.prf)
  }
}

async function attempt(
  parts: GatePasskeyParts,
  given: Given,
  client: Pick<PasskeyLogin, 'remote' | 'isTls'>,
): Promise<PasskeyOutcome> {
  const { log, throttle, challenges, vaults } = parts
  const { remote } = client
  const taken = challenges.take(given.challenge)
  if (taken === null) return { kind: 'expired' }
  const attempt = throttle.attempt(given.account, networkOf(remote))
  if (attempt.waitMs === null) {
    log.warn('login.throttled', { protocol: 'web', remote })
    return { kind: 'unavailable' }
  }
  if (attempt.waitMs > 0) await sleep(attempt.waitMs)
  const vault = await parts.vault(vaultNumberOf(accountIdFromBytes(given.account), vaults))
  const answer = vault === null ? null : await oneAnswer(vault, { kind: 'passkeyLogin', ...given, ...client })
  if (answer?.kind === 'token') {
    attempt.succeeded()
    return answer
  }
  if (answer?.kind === 'refused' || answer?.kind === 'counterBehind') {
    attempt.failed()
    log.warn('login.refused', { protocol: 'web', remote, by: 'passkey' })
    return answer
  }
  // The browser sends the same again until the mail is open: the authenticator need not be asked once more.
  taken.giveBack()
  return answer?.kind === 'rebuilding' ? answer : { kind: 'unavailable' }
}

const FIELDS = {
  credentialId: 1_023,
  challenge: 32,
  userHandle: 16,
  clientDataJSON: 4_096,
  authenticatorData: 4_096,
  signature: 512,
  prf: 32,
} as const

/** Of these, the length is the bound. */
const FIXED: ReadonlySet<string> = new Set(['challenge', 'userHandle', 'prf'])

/** An object with the fields above in base64url, and nothing else; null if it is not. The caller wipes `prf`. */
export function parsePasskeyLogin(body: Uint8Array): Given | null {
  const members = readMembers(body)
  if (members === null) return null
  const bytes = new Map<string, Buffer>()
  for (const [name, max] of Object.entries(FIELDS)) {
    const text = members[name]
    const decoded = typeof text === 'string' ? decodeBase64url(text, max) : null
    const isOfLength = decoded !== null && (FIXED.has(name) ? decoded.length === max : decoded.length > 0)
    if (isOfLength) bytes.set(name, decoded)
    else {
      wipe(decoded, ...bytes.values())
      return null
    }
  }
  const field = (name: keyof typeof FIELDS): Buffer => bytes.get(name) as Buffer
  return {
    account: field('userHandle'),
    credentialId: field('credentialId'),
    challenge: field('challenge'),
    clientData: field('clientDataJSON'),
    authenticatorData: field('authenticatorData'),
    signature: field('signature'),
    prf: field('prf'),
  }
}

function readMembers(body: Uint8Array): Readonly<Record<string, unknown>> | null {
  const text = utf8TextOrNull(body)
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    const members = { ...value }
    return Object.keys(members).length === Object.keys(FIELDS).length ? members : null
  } catch {
    return null
  }
}
