// Domain names as people write them (RFC 5890 U-labels).

import { domainToUnicode } from 'node:url'

/** Of a domain in A-labels; itself where that says nothing. */
export function displayedDomain(domain: string): string {
  const unicode = domainToUnicode(domain)
  return unicode === '' ? domain : unicode
}
