// IP addresses in certificates: the 4 or 16 bytes of the text form (RFC 5952 and the rest of RFC 4291 §2.2, without a zone or
// an IPv4 tail).

/** Null for anything else, such as a host name. */
export function ipAddressBytes(text: string): Buffer | null {
  return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text)
}

function ipv4Bytes(text: string): Buffer | null {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)
    ? Buffer.from(parts.map(Number))
    : null
}

function ipv6Bytes(text: string): Buffer | null {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const [head = [], tail = []] = halves
  const missing = 8 - head.length - tail.length
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return null
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
