// CAPABILITY (RFC 5804 §1.7): before and after login.

import { EXTENSIONS } from '#sieve/extensions.ts'
import { REDIRECTS_MAX } from '#sieve/limits.ts'
import { quoteString } from './response.ts'

export interface CapabilitySituation {
  /** Passwords may be sent. */
  readonly isConfidential: boolean
  readonly canStartTls: boolean
  /** After login: whose scripts they are. */
  readonly owner: string | null
}

/** The lines, without the response that follows them. */
export function capabilityLines({ isConfidential, canStartTls, owner }: CapabilitySituation): string {
  const capabilities: (readonly [name: string, value: string | null])[] = [
    ['IMPLEMENTATION', 'Mailkeep'],
    ['SIEVE', EXTENSIONS.join(' ')],
    ['SASL', isConfidential ? 'PLAIN' : ''],
    ['MAXREDIRECTS', String(REDIRECTS_MAX)],
    ['VERSION', '1.0'],
  ]
  if (canStartTls) capabilities.push(['STARTTLS', null])
  if (owner !== null) capabilities.push(['OWNER', owner])
  return capabilities
    .map(([name, value]) => (value === null ? `"${name}"\r\n` : `"${name}" ${quoteString(value)}\r\n`))
    .join('')
}
