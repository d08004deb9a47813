// Addresses of an envelope (RFC 5321 §4.1.2, RFC 6531 §3.3): stricter than what a header may say.

const LOCAL_PART_BYTES_MAX = 64
const ADDRESS_BYTES_MAX = 254

const ATOM = "[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~\\u0080-\\u{10ffff}]+"
const DOT_STRING = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`, 'u')
const QUOTED_STRING = /^"(?:[\x20!#-[\]-~\u0080-\u{10ffff}]|\\[\x20-~])*"$/u
const LABEL = '[A-Za-z0-9\\u0080-\\u{10ffff}](?:[A-Za-z0-9\\-\\u0080-\\u{10ffff}]{0,61}[A-Za-z0-9\\u0080-\\u{10ffff}])?'
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'u')
const ADDRESS_LITERAL = /^\[[A-Za-z0-9:.]{2,60}\]$/

/** Whether mail can be sent to it, as far as its form says. */
export function isMailAddress(address: string): boolean {
  const at = address.lastIndexOf('@')
  if (at <= 0 || Buffer.byteLength(address) > ADDRESS_BYTES_MAX) return false
  const localPart = address.slice(0, at)
  const domain = address.slice(at + 1)
  if (Buffer.byteLength(localPart) > LOCAL_PART_BYTES_MAX) return false
  return (
    (DOT_STRING.test(localPart) || QUOTED_STRING.test(localPart)) &&
    (DOMAIN.test(domain) || ADDRESS_LITERAL.test(domain))
  )
}
