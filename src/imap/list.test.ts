// LIST, LSUB, subscriptions and STATUS, played.

import { test } from 'node:test'
import { newClient, play } from './test-client.test-support.ts'
import { accountWith } from './test-messages.test-support.ts'

test('RFC 6154: special uses', async () => {
  await play(
    newClient(),
    `
    C: a CREATE Old (USE (\\Archive))
    S: a OK [MAILBOXID (m2)] Created
    C: b CREATE Older (USE (\\Archive))
    S: b NO [USEATTR] The mailbox cannot have that use
    C: c CREATE Odd (USE (\\Odd))
    S: c NO [USEATTR] The mailbox cannot have that use
    C: d CREATE Both (USE (\\Sent \\Trash))
    S: d NO [USEATTR] The mailbox cannot have that use
    C: e CREATE None (USE ())
    S: e OK [MAILBOXID (m3)] Created
    C: f LIST (SPECIAL-USE) "" * RETURN (SPECIAL-USE)
    S: * LIST (\\HasNoChildren \\Archive) "/" Old
    S: f OK That is all
    `,
  )
})

test('RFC 3501 §6.3.6 to §6.3.9: subscriptions outlive their mailboxes', async () => {
  await play(
    newClient(),
    `
    C: a SUBSCRIBE x
    S: a NO [NONEXISTENT] There is no such mailbox
    C: b CREATE x/y
    S: b OK [MAILBOXID (m3)] Created
    C: c SUBSCRIBE x/y
    S: c OK Subscribed
    C: d LSUB "" *
    S: * LSUB () "/" INBOX
    S: * LSUB () "/" x/y
    S: d OK That is all
    C: e LSUB "" %
    S: * LSUB () "/" INBOX
    S: * LSUB (\\Noselect) "/" x
    S: e OK That is all
    C: f DELETE x/y
    S: f OK Deleted
    C: g LSUB x/ *
    S: * LSUB () "/" x/y
    S: g OK That is all
    C: h LIST (SUBSCRIBED) "" *
    S: * LIST (\\Subscribed \\HasNoChildren) "/" INBOX
    S: * LIST (\\NonExistent \\Subscribed \\HasNoChildren) "/" x/y
    S: h OK That is all
    C: i CREATE x/y
    S: i OK [MAILBOXID (m4)] Created
    C: j LIST "" x/% RETURN (SUBSCRIBED)
    S: * LIST (\\Subscribed \\HasNoChildren) "/" x/y
    S: j OK That is all
    C: k UNSUBSCRIBE x/y
    S: k OK Unsubscribed
    C: l LSUB "" x*
    S: l OK That is all
    C: m DELETE x/y
    S: m OK Deleted
    C: n UNSUBSCRIBE x/y
    S: n NO [NONEXISTENT] There is no such mailbox
    `,
  )
})

test('RFC 3501 §6.3.8, RFC 5258, RFC 5819: LIST', async () => {
  await play(
    newClient(accountWith(3)),
    `
    C: a CREATE foo/bar
    S: a OK [MAILBOXID (m3)] Created
    C: b SUBSCRIBE foo/bar
    S: b OK Subscribed
    C: c LIST "" ""
    S: * LIST (\\Noselect) "/" ""
    S: c OK That is all
    C: d LIST foo %
    S: * LIST (\\HasChildren) "/" foo
    S: d OK That is all
    C: e LIST foo/ %
    S: * LIST (\\HasNoChildren) "/" foo/bar
    S: e OK That is all
    C: f LIST "" (inbox foo) RETURN (CHILDREN STATUS (MESSAGES UNSEEN))
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * STATUS INBOX (MESSAGES 3 UNSEEN 3)
    S: * LIST (\\HasChildren) "/" foo
    S: * STATUS foo (MESSAGES 0 UNSEEN 0)
    S: f OK That is all
    C: g LIST (SUBSCRIBED RECURSIVEMATCH) "" %
    S: * LIST (\\Subscribed \\HasNoChildren) "/" INBOX
    S: * LIST (\\HasChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))
    S: g OK That is all
    C: h LIST (RECURSIVEMATCH) "" %
    S: h BAD Malformed command: RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE
    C: i LIST (REMOTE) "" foo
    S: * LIST (\\HasChildren) "/" foo
    S: i OK That is all
    `,
  )
})

test('RFC 3501 §6.3.10: STATUS', async () => {
  await play(
    newClient(accountWith(2)),
    `
    C: a STATUS inbox (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)
    S: * STATUS INBOX (MESSAGES 2 RECENT 2 UIDNEXT 3 UIDVALIDITY 1000 UNSEEN 2)
    S: a OK That is all
    C: b STATUS INBOX (SIZE DELETED HIGHESTMODSEQ)
    S: * STATUS INBOX (SIZE 230 DELETED 0 HIGHESTMODSEQ 4)
    S: b OK That is all
    C: c STATUS x (MESSAGES)
    S: c NO [NONEXISTENT] There is no such mailbox
    `,
  )
})
