// What EHLO answers (RFC 5321 §4.1.1.1), before and after login alike, since a client does not ask again after it.

import type { SmtpLimits } from './limits.ts'
import { type Reply, reply } from './reply.ts'

interface Offer {
  readonly hostname: string
  readonly limits: SmtpLimits
  readonly startTls: boolean
  readonly auth: boolean
}

export function ehloReply({ hostname, limits, startTls, auth }: Offer): Reply {
  return reply(
    250,
    null,
    hostname,
    // RFC 2920
    'PIPELINING',
    // RFC 1870
    `SIZE ${limits.messageBytesMax}`,
    // RFC 6152
    '8BITMIME',
    // RFC 6531
    'SMTPUTF8',
    // RFC 2034
    'ENHANCEDSTATUSCODES',
    // RFC 3030; BINARYMIME is not offered: what is stored must be able to go out by IMAP and SMTP as it is
    'CHUNKING',
    // RFC 9422
    `LIMITS MAILMAX=${limits.transactionsMax} RCPTMAX=${limits.recipientsMax}`,
    // RFC 3207
    ...(startTls ? ['STARTTLS'] : []),
    // RFC 4954
    ...(auth ? ['AUTH PLAIN LOGIN'] : []),
  )
}
