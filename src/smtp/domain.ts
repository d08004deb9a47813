// Domains and address literals in the envelope (RFC 5321 §4.1.2, §4.1.3; with U-labels: RFC 6531 §3.3). Never throws.
//
// Accepted although the grammar forbids it: `_` within a label, because there are hosts named so. Refused although the grammar allows it: a last
// label of digits only, which some would take for an IP address; literals of other kinds than IPv4 and IPv6.

export interface Domain {
  /** In lower case; U-labels as they were sent. An address literal has its brackets and is canonical. */
  readonly domain: string
  /** With A-labels (RFC 5890) in place of U-labels: what domains are compared by. */
  readonly asciiDomain: string
  readonly isLiteral: boolean
}

const DOMAIN_BYTES_MAX = 255
const LABEL_BYTES_MAX = 63
const LITERAL_LENGTH_MAX = 60

const ASCII_LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/
const DIGITS = /^[0-9]+$/
/** What may stand in U-labels is decided by IDNA; this only keeps out what is syntax to somebody. */
const UNICODE_LABEL = /^[a-z0-9_\-\u{a1}-\u{10ffff}]+$/u
const ASCII = /^[\x20-\x7e]*$/
const IPV4 = /^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}$/
const IPV6_CHARACTERS = /^[0-9a-f:.]{2,45}$/

export function isAscii(text: string): boolean {
  return ASCII.test(text)
}

/** Null if it is neither a domain nor an address literal. */
export function parseDomain(text: string): Domain | null {
  if (text.startsWith('[')) return parseLiteral(text)
  if (text.length > DOMAIN_BYTES_MAX || Buffer.byteLength(text) > DOMAIN_BYTES_MAX) return null
  const domain = text.toLowerCase()
  const asciiDomain = isAscii(domain) ? domain : toAscii(domain)
  if (asciiDomain === null || asciiDomain.length > DOMAIN_BYTES_MAX) return null
  const labels = asciiDomain.split('.')
  if (!labels.every((label) => label.length <= LABEL_BYTES_MAX && ASCII_LABEL.test(label))) return null
  if (DIGITS.test(labels.at(-1) as string)) return null
  return { domain, asciiDomain, isLiteral: false }
}

/** RFC 5891 by way of UTS #46, as URLs have it. */
function toAscii(domain: string): string | null {
  if (!domain.split('.').every((label) => UNICODE_LABEL.test(label))) return null
  return URL.parse(`http://${domain}/`)?.hostname ?? null
}

/** RFC 5321 §4.1.3. Leading zeros are refused: some read them as octal. */
function parseLiteral(text: string): Domain | null {
  if (text.length > LITERAL_LENGTH_MAX || !text.endsWith(']')) return null
  const inner = text.slice(1, -1).toLowerCase()
  const canonical = inner.startsWith('ipv6:') ? canonicalIpv6(inner.slice(5)) : canonicalIpv4(inner)
  return canonical === null ? null : { domain: canonical, asciiDomain: canonical, isLiteral: true }
}

function canonicalIpv4(text: string): string | null {
  if (!IPV4.test(text) || text.split('.').some((number) => Number(number) > 255)) return null
  return `[${text}]`
}

function canonicalIpv6(text: string): string | null {
  if (!IPV6_CHARACTERS.test(text)) return null
  const host = URL.parse(`http://[${text}]/`)?.hostname
  return host === undefined ? null : `[IPv6:${host.slice(1)}`
}
