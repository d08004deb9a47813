// PREVIEW (RFC 8970), played.

import { test } from 'node:test'
import type { MemoryAccount } from './memory-account.test-support.ts'
import { newClient, play } from './test-client.test-support.ts'
import { NESTED, accountWith } from './test-messages.test-support.ts'

function deliverText(account: MemoryAccount, text: string): void {
  account.deliver(Buffer.from(`Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}`))
}

test('RFC 8970 §3: PREVIEW, with and without LAZY', async () => {
  const account = accountWith(1)
  account.deliver(NESTED)
  deliverText(account, 'Grüße "an" \\alle')
  deliverText(account, '')
  const client = newClient(account)
  await client.command('s EXAMINE INBOX')
  await play(
    client,
    `
    C: a FETCH 1 PREVIEW
    S: * 1 FETCH (PREVIEW "Hi Bob")
    S: a OK That is all
    C: b FETCH 1,3:4 (UID PREVIEW (LAZY) FLAGS)
    S: * 1 FETCH (UID 1 PREVIEW "Hi Bob" FLAGS (\\Recent))
    S: * 3 FETCH (UID 3 PREVIEW {18}
    Gr\u00c3\u00bc\u00c3\u009fe "an" \\alle FLAGS (\\Recent))
    S: * 4 FETCH (UID 4 PREVIEW "" FLAGS (\\Recent))
    S: b OK That is all
    C: c FETCH 1 PREVIEW (CHANGEDSINCE 1)
    S: * OK [HIGHESTMODSEQ 6] CONDSTORE is enabled
    S: * 1 FETCH (PREVIEW "Hi Bob" MODSEQ (3))
    S: c OK That is all
    C: d FETCH 1 PREVIEW (LAZY) (CHANGEDSINCE 99)
    S: d OK That is all
    C: e FETCH 1 (PREVIEW (EAGER))
    S: e BAD Malformed command: a name expected at character 20
    C: f FETCH 1 (PREVIEW (LAZY)
    S: f BAD Malformed command: ")" expected, but the command ends
    `,
  )
})
