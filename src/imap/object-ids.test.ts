// RFC 8474: the ids of mailboxes, e-mails and threads.

import { test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { newClient, play } from './test-client.test-support.ts'
import { PLAIN, NESTED, accountWith } from './test-messages.test-support.ts'

test('RFC 8474 §4: MAILBOXID of CREATE, SELECT and STATUS, which a new name does not change', async () => {
  await play(
    newClient(accountWith(0)),
    `
    C: a CREATE x
    S: a OK [MAILBOXID (m2)] Created
    C: b STATUS x (MAILBOXID MESSAGES)
    S: * STATUS x (MAILBOXID (m2) MESSAGES 0)
    S: b OK That is all
    C: c RENAME x y
    S: c OK Renamed
    C: d LIST "" y RETURN (STATUS (MAILBOXID))
    S: * LIST (\\HasNoChildren) "/" y
    S: * STATUS y (MAILBOXID (m2))
    S: d OK That is all
    C: e DELETE y
    S: e OK Deleted
    C: f CREATE y
    S: f OK [MAILBOXID (m3)] Created
    `,
  )
})

test('RFC 8474 §5: EMAILID and THREADID, the same wherever a message is moved or copied', async () => {
  const account = accountWith(1)
  account.deliver(PLAIN, 1 as MailboxId)
  account.deliver(NESTED, 1 as MailboxId)
  await play(
    newClient(account),
    `
    C: a CREATE x
    S: a OK [MAILBOXID (m2)] Created
    C: b EXAMINE INBOX
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS ()] Limited
    S: * 3 EXISTS
    S: * 3 RECENT
    S: * OK [UNSEEN 1] The first unseen message
    S: * OK [UIDVALIDITY 1000] UIDs are valid
    S: * OK [UIDNEXT 4] The next UID
    S: * OK [HIGHESTMODSEQ 5] The latest change
    S: * OK [MAILBOXID (m1)] The mailbox
    S: b OK [READ-ONLY] Examining
    C: c FETCH 1:3 (EMAILID THREADID)
    S: * 1 FETCH (EMAILID (e1) THREADID (t1))
    S: * 2 FETCH (EMAILID (e2) THREADID (t2))
    S: * 3 FETCH (EMAILID (e3) THREADID (t3))
    S: c OK That is all
    C: d COPY 2 x
    S: d OK [COPYUID 1795132800 2 1] Copied
    C: e SELECT x
    S: * OK [CLOSED] The mailbox is closed
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Limited
    S: * 1 EXISTS
    S: * 1 RECENT
    S: * OK [UNSEEN 1] The first unseen message
    S: * OK [UIDVALIDITY 1795132800] UIDs are valid
    S: * OK [UIDNEXT 2] The next UID
    S: * OK [HIGHESTMODSEQ 7] The latest change
    S: * OK [MAILBOXID (m2)] The mailbox
    S: e OK [READ-WRITE] Selected
    C: f UID FETCH 1 (EMAILID THREADID)
    S: * 1 FETCH (UID 1 EMAILID (e2) THREADID (t2))
    S: f OK That is all
    `,
  )
})

test('RFC 8474 §6: SEARCH EMAILID and THREADID', async () => {
  const client = newClient(accountWith(3))
  await client.command('s SELECT INBOX')
  await play(
    client,
    `
    C: a SEARCH EMAILID e2
    S: * SEARCH 2
    S: a OK That is all
    C: b SEARCH OR THREADID t1 EMAILID "e3"
    S: * SEARCH 1 3
    S: b OK That is all
    C: c SEARCH EMAILID e4294967296
    S: * SEARCH
    S: c OK That is all
    C: d SEARCH EMAILID t2
    S: * SEARCH
    S: d OK That is all
    C: e SEARCH THREADID Some_other-server
    S: * SEARCH
    S: e OK That is all
    C: f SEARCH EMAILID ""
    S: f BAD Malformed command: the object id is not well-formed
    C: g SEARCH EMAILID "e 1"
    S: g BAD Malformed command: the object id is not well-formed
    C: h SEARCH EMAILID ${'e'.repeat(256)}
    S: h BAD Malformed command: the object id is not well-formed
    C: i SEARCH THREADID
    S: i BAD Malformed command: a space expected, but the command ends
    C: j FETCH 1 EMAILID[1]
    S: j BAD Malformed command: the end of the command expected at character 18
    `,
  )
})
