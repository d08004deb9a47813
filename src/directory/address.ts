// Addresses and domains as the directory keeps them: one form for all ways of writing an address. Domains are ASCII (A-labels) in lower case;
// local parts are in Normalization Form C and lower case, for no provider gives `Ada` and `ada` to two people.
//
// Refuses what is too long (RFC 5321 §4.5.3.1), control characters, and domains that no name server could hold.

import { normalized } from '#base/normalization.ts'

const LOCAL_PART_BYTES_MAX = 64
const DOMAIN_LENGTH_MAX = 253
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const HOSTILE_IN_DOMAIN = /[\s/?#@:[\]\\%<>^|]/

/** Null if it is no domain. */
export function canonicalDomain(text: string): string | null {
  if (text === '' || text.length > DOMAIN_LENGTH_MAX || HOSTILE_IN_DOMAIN.test(text)) return null
  let ascii: string
  try {
    ascii = new URL(`http://${text}`).hostname
  } catch {
    return null
  }
  if (ascii.endsWith('.')) ascii = ascii.slice(0, -1)
  const labels = ascii.split('.')
  // A number at the end makes an IPv4 address of it (WHATWG URL), which is no domain.
  if (ascii.length > DOMAIN_LENGTH_MAX || /^\d+$/.test(labels.at(-1) as string)) return null
  return labels.every((label) => LABEL.test(label)) ? ascii : null
}

/** Null if it is no local part. */
export function canonicalLocalPart(text: string): string | null {
  const canonical = normalized(text, 'NFC').toLowerCase()
  if (canonical === '' || !canonical.isWellFormed() || hasControl(canonical)) return null
  return Buffer.byteLength(canonical) <= LOCAL_PART_BYTES_MAX ? canonical : null
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return true
  }
  return false
}

export interface SplitAddress {
  readonly localPart: string
  readonly domain: string
}

/** Null if it is no address. Local parts are taken as they are meant, without quotes. */
export function canonicalAddress(text: string): SplitAddress | null {
  const at = text.lastIndexOf('@')
  if (at < 1) return null
  const localPart = canonicalLocalPart(text.slice(0, at))
  const domain = canonicalDomain(text.slice(at + 1))
  return localPart === null || domain === null ? null : { localPart, domain }
}

export function addressText({ localPart, domain }: SplitAddress): string {
  return `${localPart}@${domain}`
}
