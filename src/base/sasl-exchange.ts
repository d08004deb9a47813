// SASL mechanisms (RFC 4616 PLAIN; LOGIN as in draft-murchison-sasl-login, for clients that have nothing else), one step at a time.
// Responses are base 64 as bytes; passwords never become strings.

import { wipe } from './bytes.ts'
import { decodeBase64 } from './base64.ts'
import { parseSaslPlain } from './sasl-plain.ts'

type SaslStep =
  | { readonly kind: 'challenge'; readonly challenge: string }
  | { readonly kind: 'credentials'; readonly name: Buffer; readonly password: Buffer }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'malformed' }

export interface SaslExchange {
  /** The first challenge, in base 64. */
  readonly challenge: string
  respond(line: Uint8Array): SaslStep
}

const MALFORMED: SaslStep = { kind: 'malformed' }
const PART_MAX = 1_024
/** The draft has other words, but these are what clients look for. */
const USERNAME = Buffer.from('Username:').toString('base64')
const PASSWORD = Buffer.from('Password:').toString('base64')

/** Null for a mechanism that is not offered. `name` in upper case. */
export function startSasl(name: string): SaslExchange | null {
  if (name === 'PLAIN') return { challenge: '', respond: (line) => decoded(line, plain) }
  if (name === 'LOGIN') return loginExchange()
  return null
}

function decoded(line: Uint8Array, next: (response: Buffer) => SaslStep): SaslStep {
  if (line.length === 1 && line[0] === 0x2a) return { kind: 'cancelled' }
  const response = decodeBase64(line)
  return response === null ? MALFORMED : next(response)
}

function plain(response: Buffer): SaslStep {
  const credentials = parseSaslPlain(response)
  wipe(response)
  return credentials === null ? MALFORMED : { kind: 'credentials', ...credentials }
}

function loginExchange(): SaslExchange {
  let name: Buffer | null = null
  return {
    challenge: USERNAME,
    respond: (line) =>
      decoded(line, (response) => {
        if (response.length === 0 || response.length > PART_MAX) {
          wipe(response, name)
          return MALFORMED
        }
        if (name !== null) return { kind: 'credentials', name, password: response }
        name = response
        return { kind: 'challenge', challenge: PASSWORD }
      }),
  }
}
