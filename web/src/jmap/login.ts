// Logging in and out. The token is all there is to keep: in memory, and in the storage of this one tab, so that a reload does not log out.

import type { Login } from '#web/passkeys/authenticator.ts'
import { JmapFailure, failureOf, offline } from './failure.ts'

const KEY = 'mailkeep.token'

export interface Token {
  readonly token: string
  readonly address: string
}

function readToken(value: unknown): Token | null {
  if (typeof value !== 'object' || value === null || !('token' in value) || !('address' in value)) return null
  const { token, address } = value
  return typeof token === 'string' && typeof address === 'string' ? { token, address } : null
}

export function rememberedToken(): Token | null {
  try {
    return readToken(JSON.parse(sessionStorage.getItem(KEY) ?? 'null'))
  } catch {
    return null
  }
}

export function rememberToken(token: Token | null): void {
  try {
    if (token === null) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, JSON.stringify(token))
  } catch {
    // Without storage the login lasts until the page is left.
  }
}

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'omit',
  }).catch(() => {
    throw offline()
  })
}

/** Rejects with JmapFailure. */
export async function logIn(name: string, password: string): Promise<Token> {
  const response = await post('/auth/login', { name, password })
  if (response.status === 401) throw new JmapFailure('refused', 'That name and password do not belong together.')
  if (response.status === 429) throw new JmapFailure('unavailable', 'Too many tries. Wait a moment, and try again.')
  return tokenOf(response)
}

async function tokenOf(response: Response): Promise<Token> {
  if (!response.ok) throw await failureOf(response)
  const token = readToken(await response.json().catch(() => null))
  if (token === null) throw new JmapFailure('server', 'The server gave an answer that makes no sense.')
  return token
}

/** What a passkey is asked to sign, in base64url. Rejects with JmapFailure. */
export async function passkeyChallenge(): Promise<string> {
  const response = await post('/auth/passkey/challenge', {})
  if (!response.ok) throw await failureOf(response)
  const said = (await response.json()) as { readonly challenge: string }
  return said.challenge
}

const PASSKEY_REFUSALS: Readonly<Record<string, string>> = {
  expired: 'That took too long. Try once more.',
  counterBehind:
    'This passkey was refused: its device has counted less than before, so that it may have been copied. Log in with your password, and revoke it.',
}

/** Rejects with JmapFailure. */
export async function logInByPasskey(login: Login): Promise<Token> {
  const response = await post('/auth/passkey', login)
  if (response.status !== 401) return tokenOf(response)
  const said = (await response.json().catch(() => null)) as { readonly error?: string } | null
  const words = PASSKEY_REFUSALS[said?.error ?? '']
  throw new JmapFailure('refused', words ?? 'That passkey opens no mail here. It may have been revoked.')
}

/** The session ends here whether the server hears of it or not. */
export async function logOut({ token }: Token): Promise<void> {
  await fetch('/auth/logout', { method: 'POST', headers: { Authorization: `Bearer ${token}` } }).catch(() => {})
}
