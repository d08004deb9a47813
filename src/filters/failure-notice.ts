// The message that tells the owner that a script failed.

import { composeMessage } from '#message/compose.ts'
import { type NotedFailure, describeFailure } from './failures.ts'

export interface NoticeFacts {
  readonly address: string
  readonly hostname: string
  readonly now: number
  readonly seed: string
}

export function failureNotice(failure: NotedFailure, { address, hostname, now, seed }: NoticeFacts): Buffer {
  const text = `${describeFailure(failure)}.

Nothing was lost: what a script fails for stays in INBOX, and nothing else of what it asks is done. Other failures of this day
are not told by mail; programs that manage filters are told of the last one.
`
  return composeMessage({
    boundarySeed: seed,
    // RFC 6532: an address that is not ASCII has no other form.
    utf8: Buffer.byteLength(address) !== address.length,
    fields: [
      { name: 'From', addresses: [{ name: 'Mailkeep', email: `postmaster@${hostname}` }] },
      { name: 'To', addresses: [{ name: null, email: address }] },
      { name: 'Subject', text: 'A filter failed' },
      { name: 'Date', date: { ms: now, zoneMinutes: 0 } },
      { name: 'Message-ID', messageIds: [`${seed}@${hostname}`] },
      { name: 'Auto-Submitted', text: 'auto-generated' },
    ],
    body: { kind: 'text', subtype: 'plain', text },
  })
}
