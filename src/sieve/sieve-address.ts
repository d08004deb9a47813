// Addresses that actions send to (RFC 5228 §2.4.2.3): an address, or a name and an address in angle brackets. No groups, no routes, one only.

import { parseAddressList } from '#message/address.ts'
import { decodeHeaderText } from '#message/encoded-word.ts'
import type { Octets } from '#message/part.ts'
import { toTextOrNull } from './octets.ts'

export interface SieveAddress {
  readonly name: string | null
  readonly email: string
}

const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const UTF8_LOCAL_PART = /^[^\s"(),:;<>@[\\\]\p{Cc}]+$/u
const DOMAIN =
  /^[\p{L}\p{N}\p{M}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?(?:\.[\p{L}\p{N}\p{M}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?)*$/u

const ADDRESS_LENGTH_MAX = 320
const TEXT_LENGTH_MAX = 1_024

/** Null if it is none. */
export function parseSieveAddress(octets: Octets): SieveAddress | null {
  if (octets.length > TEXT_LENGTH_MAX || /[\r\n\0]/.test(octets)) return null
  const list = parseAddressList(octets)
  const [only] = list
  if (list.length !== 1 || only?.kind !== 'mailbox' || only.route !== null) return null
  const written = octets.trim()
  const isWhole = written.includes('<') ? written.endsWith('>') : written === `${only.localPart}@${only.domain}`
  if (!isWhole) return null
  const local = toTextOrNull(only.localPart)
  const domain = toTextOrNull(only.domain)
  if (local === null || domain === null) return null
  if (!LOCAL_PART.test(local) && !UTF8_LOCAL_PART.test(local)) return null
  const email = `${local}@${domain}`
  if (!DOMAIN.test(domain) || email.length > ADDRESS_LENGTH_MAX) return null
  return { name: only.name === null ? null : decodeHeaderText(only.name), email }
}
