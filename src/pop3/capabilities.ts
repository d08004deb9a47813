// CAPA (RFC 2449): before and after login.

import type { PreauthSituation } from './preauth-situation.ts'

/** TOP, UIDL: RFC 1939 §7. RESP-CODES, PIPELINING, EXPIRE: RFC 2449 §6. AUTH-RESP-CODE: RFC 3206. UTF8 is not among them: docs/adr/0075-bytes-before-announcements.md. */
const COMMON = ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER'] as const

export function sessionCapabilities(): string[] {
  return [...COMMON, 'IMPLEMENTATION Mailkeep']
}

export function preauthCapabilities({ isConfidential, canStartTls }: PreauthSituation): string[] {
  return [...COMMON, ...(isConfidential ? ['USER', 'SASL PLAIN'] : []), ...(canStartTls ? ['STLS'] : [])]
}
