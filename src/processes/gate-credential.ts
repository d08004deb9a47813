// What an HTTP request says of who sends it: a token, or a name and a password. Names and passwords are bytes that their owner wipes.

import { utf8TextOrNull } from '#base/bytes.ts'
import { decodeBase64 } from '#base/base64.ts'

export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'password'; readonly login: Buffer; readonly password: Buffer }

const TOKEN = /^\d{1,3}\.[\w-]{43}$/
const BASIC_LENGTH_MAX = 4_096
const PART_BYTES_MAX = 1_024
const COLON = 0x3a

/** Null if there is none, or it is malformed. RFC 6750 §2.1, RFC 7617 §2. */
export function parseCredential(header: string | null): Credential | null {
  if (header === null) return null
  const space = header.indexOf(' ')
  const scheme = header.slice(0, space).toLowerCase()
  const value = header.slice(space + 1).trim()
  if (scheme === 'bearer') return TOKEN.test(value) ? { kind: 'token', token: value } : null
  if (scheme !== 'basic' || value.length > BASIC_LENGTH_MAX) return null
  const decoded = decodeBase64(Buffer.from(value, 'latin1'))
  if (decoded === null) return null
  const colon = decoded.indexOf(COLON)
  const login = Buffer.from(decoded.subarray(0, Math.max(colon, 0)))
  const password = Buffer.from(decoded.subarray(colon + 1))
  decoded.fill(0)
  return areUsable(login, password) ? { kind: 'password', login, password } : null
}

/** `{"name": …, "password": …}`; null if it is not. */
export function parseLogin(body: Uint8Array): { readonly login: Buffer; readonly password: Buffer } | null {
  const text = utf8TextOrNull(body)
  if (text === null) return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { name, password } = value as { readonly name?: unknown; readonly password?: unknown }
  if (typeof name !== 'string' || typeof password !== 'string') return null
  const bytes = { login: Buffer.from(name), password: Buffer.from(password) }
  return areUsable(bytes.login, bytes.password) ? bytes : null
}

function areUsable(login: Buffer, password: Buffer): boolean {
  return [login, password].every(({ length }) => length > 0 && length <= PART_BYTES_MAX)
}

/** Null if the token is none of ours. */
export function vaultOfToken(token: string): number | null {
  return TOKEN.test(token) ? Number(token.slice(0, token.indexOf('.'))) : null
}
