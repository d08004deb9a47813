// Sessions, played: what a client says and exactly what it is answered.

import { test } from 'node:test'
import { MemoryAccount } from './memory-account.test-support.ts'
import { newClient, play } from './test-client.test-support.ts'

const MESSAGE = Buffer.from(
  'From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: Hello\r\nDate: Tue, 17 Nov 2026 10:00:00 +0100\r\n\r\nHi Bob\r\n',
)

function accountWith(count: number): MemoryAccount {
  const account = new MemoryAccount()
  for (let index = 0; index < count; index++) account.deliver(MESSAGE, undefined, [], Date.UTC(2026, 10, 17, 9))
  return account
}

test('RFC 3501 §6.1, §6.3: any state', async () => {
  await play(
    newClient(),
    `
    C: a NOOP
    S: a OK Done
    C: b NAMESPACE
    S: * NAMESPACE (("" "/")) NIL NIL
    S: b OK That is all
    C: c ENABLE CONDSTORE X-NONE
    S: * ENABLED CONDSTORE
    S: c OK Enabled
    C: d ID ("name" "x" "version" NIL)
    S: * ID ("name" "Mailkeep")
    S: d OK Pleased to meet you
    C: e FETCH 1 FLAGS
    S: e BAD Select a mailbox first
    C: f LOGOUT
    S: * BYE Logging out
    S: f OK Logged out
    `,
  )
})

test('RFC 3501 §6.3.1 SELECT', async () => {
  await play(
    newClient(accountWith(2)),
    `
    C: a SELECT inbox
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Limited
    S: * 2 EXISTS
    S: * 2 RECENT
    S: * OK [UNSEEN 1] The first unseen message
    S: * OK [UIDVALIDITY 1000] UIDs are valid
    S: * OK [UIDNEXT 3] The next UID
    S: * OK [HIGHESTMODSEQ 4] The latest change
    S: a OK [READ-WRITE] Selected
    C: b FETCH 1 (UID FLAGS RFC822.SIZE INTERNALDATE)
    S: * 1 FETCH (UID 1 FLAGS (\\Recent) RFC822.SIZE 122 INTERNALDATE "17-Nov-2026 09:00:00 +0000")
    S: b OK That is all
    C: c FETCH 2 BODY[]<0.4>
    S: * 2 FETCH (BODY[]<0> {4}
    From)
    S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Recent))
    S: c OK That is all
    C: d STORE 1:2 +FLAGS.SILENT (\\Deleted $x)
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $x)
    S: d OK Stored
    `,
  )
})
