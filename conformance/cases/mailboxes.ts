// Commands about mailboxes: SELECT, EXAMINE, CREATE, DELETE, RENAME, SUBSCRIBE, LIST, STATUS, CLOSE, UNSELECT.

import { type Case, casesOf } from '../case.ts'

export const mailboxes: readonly Case[] = casesOf(
  '9051',
  [],
  [
    {
      section: '6.3.2',
      name: 'what SELECT has to tell',
      messages: ['plain', 'second'],
      begins: 'authenticated',
      script: `
        C: a SELECT box
        S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
        S: * 2 EXISTS
        S: * OK [UIDVALIDITY $validity]
        S: * OK [UIDNEXT <gt:$u2>]
        S: * OK [PERMANENTFLAGS (\\Deleted \\Seen)]
        S: a OK [READ-WRITE]
      `,
    },
    {
      section: '6.3.3',
      name: 'EXAMINE tells the same, and changes nothing',
      messages: ['plain'],
      begins: 'authenticated',
      script: `
        C: a EXAMINE box
        S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY $validity]
        S: * OK [UIDNEXT <gt:$u1>]
        S: a OK [READ-ONLY]
        C: b STORE 1 +FLAGS (\\Seen)
        S: b OK|NO|BAD
        C: c FETCH 1 BODY[TEXT]
        S: * 1 FETCH (BODY[TEXT] "Hi Bob\\r\\n")
        S: c OK
        C: d FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS ())
        S: d OK
        C: e EXPUNGE
        S: e OK|NO|BAD
        N: * <number> EXPUNGE
      `,
    },
    {
      section: '6.3.2',
      name: 'SELECT of what is not there is NO, and leaves none selected',
      messages: ['plain'],
      script: `
        C: a SELECT nowhere
        S: a NO
        C: b FETCH 1 FLAGS
        S: b NO|BAD
      `,
    },
    {
      section: '6.3.2',
      name: 'INBOX in any case of letters',
      begins: 'authenticated',
      script: `
        C: a SELECT inbox
        S: * <number> EXISTS
        S: a OK [READ-WRITE]
        C: b STATUS InBoX (UIDNEXT)
        S: * STATUS INBOX (UIDNEXT <number>)
        S: b OK
      `,
    },
    {
      section: '6.3.2',
      name: 'CLOSED tells where the responses of the new mailbox begin',
      needs: ['IMAP4rev2'],
      messages: ['plain'],
      script: `
        C: a SELECT INBOX
        S: * OK [CLOSED]
        S: a OK
      `,
    },
    {
      section: '6.3.2',
      name: 'a mailbox that rev2 selects is listed',
      needs: ['IMAP4rev2'],
      messages: ['plain'],
      begins: 'authenticated',
      script: `
        C: e ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: e OK
        C: a SELECT box
        S: * 1 EXISTS
        S: * LIST () <any> box
        S: a OK
        N: * <number> RECENT
        N: * OK [UNSEEN <number>]
      `,
    },
    {
      section: '6.3.4',
      name: 'CREATE, and a name that exists',
      begins: 'authenticated',
      script: `
        C: a CREATE new
        S: a OK
        C: b CREATE new
        S: b NO
        C: c LIST "" new
        S: * LIST () <any> new
        S: c OK
      `,
    },
    {
      section: '6.3.4',
      name: 'CREATE of INBOX is an error, in any case of letters',
      begins: 'authenticated',
      script: `
        C: a CREATE INBOX
        S: a NO
        C: b CREATE inbox
        S: b NO
      `,
    },
    {
      section: '6.3.4',
      level: 'SHOULD',
      name: 'CREATE makes the names above',
      begins: 'authenticated',
      script: `
        C: a CREATE top/middle/leaf
        S: a OK
        C: b LIST "" top/%
        S: * LIST () "/" top/middle
        S: b OK
      `,
    },
    {
      section: '6.3.4',
      name: 'a separator at the end says that children are to come',
      begins: 'authenticated',
      script: `
        C: a CREATE parent/
        S: a OK
        C: b CREATE parent/child
        S: b OK
        C: c LIST "" parent*
        S: * LIST () "/" parent
        S: * LIST () "/" parent/child
        S: c OK
      `,
    },
    {
      section: '6.3.5',
      name: 'DELETE, and of what is not there',
      begins: 'authenticated',
      script: `
        C: a CREATE gone
        S: a OK
        C: b DELETE gone
        S: b OK
        C: c DELETE gone
        S: c NO
        C: d LIST "" gone
        S: d OK
        N: * LIST <rest>
      `,
    },
    {
      section: '6.3.5',
      name: 'DELETE of INBOX is an error',
      begins: 'authenticated',
      script: `
        C: a DELETE INBOX
        S: a NO
        C: b DELETE inbox
        S: b NO
      `,
    },
    {
      section: '6.3.5',
      name: 'DELETE does not take what is inside',
      begins: 'authenticated',
      script: `
        C: a CREATE one
        S: a OK
        C: b CREATE one/two
        S: b OK
        C: c DELETE one
        S: c OK|NO
        C: d STATUS one/two (MESSAGES)
        S: * STATUS one/two (MESSAGES 0)
        S: d OK
      `,
    },
    {
      section: '6.3.5',
      name: 'a name that is used again has another UIDVALIDITY, or greater UIDs',
      messages: ['plain'],
      begins: 'authenticated',
      script: `
        C: a DELETE box
        S: a OK
        C: b CREATE box
        S: b OK
        C: c STATUS box (UIDVALIDITY MESSAGES)
        S: * STATUS box (UIDVALIDITY <gt:$validity> MESSAGES 0)
        S: c OK
      `,
    },
    {
      section: '6.3.6',
      name: 'RENAME takes messages, UIDs and what is inside along',
      messages: ['plain'],
      begins: 'authenticated',
      script: `
        C: a CREATE box/inner
        S: a OK
        C: b RENAME box other
        S: b OK
        C: c LIST "" other*
        S: * LIST () "/" other
        S: * LIST () "/" other/inner
        S: c OK
        C: d LIST "" box*
        S: d OK
        N: * LIST <rest>
        C: e SELECT other
        S: * 1 EXISTS
        S: e OK
        C: f FETCH 1 UID
        S: * 1 FETCH (UID <number>)
        S: f OK
      `,
    },
    {
      section: '6.3.6',
      name: 'RENAME from what is not there, and to what is',
      begins: 'authenticated',
      script: `
        C: a CREATE one
        S: a OK
        C: b CREATE two
        S: b OK
        C: c RENAME nowhere three
        S: c NO
        C: d RENAME one two
        S: d NO
        C: e RENAME one INBOX
        S: e NO
      `,
    },
    {
      section: '6.3.6',
      level: 'SHOULD',
      name: 'RENAME makes the names above the new one',
      begins: 'authenticated',
      script: `
        C: a CREATE one
        S: a OK
        C: b RENAME one high/up/one
        S: b OK
        C: c LIST "" high/%
        S: * LIST () "/" high/up
        S: c OK
      `,
    },
    {
      section: '6.3.6',
      name: 'RENAME of INBOX moves its messages, and INBOX stays',
      usesInbox: true,
      begins: 'authenticated',
      script: `
        C: a APPEND INBOX {$plain.size+}
        $plain
        S: a OK
        C: b RENAME INBOX old-mail
        S: b OK
        C: c STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: c OK
        C: d STATUS old-mail (MESSAGES)
        S: * STATUS old-mail (MESSAGES 1)
        S: d OK
      `,
    },
    {
      section: '6.3.6',
      name: 'RENAME of INBOX leaves what is inside it',
      usesInbox: true,
      begins: 'authenticated',
      script: `
        C: a CREATE INBOX/inner
        S: a OK
        C: b RENAME INBOX old-mail
        S: b OK
        C: c LIST "" INBOX/inner
        S: * LIST () "/" INBOX/inner
        S: c OK
      `,
    },
    {
      section: '6.3.7',
      name: 'SUBSCRIBE and UNSUBSCRIBE, as LIST (SUBSCRIBED) shows them',
      needs: ['LIST-EXTENDED'],
      begins: 'authenticated',
      script: `
        C: a CREATE wanted
        S: a OK
        C: b SUBSCRIBE wanted
        S: b OK
        C: c LIST (SUBSCRIBED) "" wanted
        S: * LIST (\\Subscribed) "/" wanted
        S: c OK
        C: d UNSUBSCRIBE wanted
        S: d OK
        C: e LIST (SUBSCRIBED) "" wanted
        S: e OK
        N: * LIST <rest>
      `,
    },
    {
      section: '6.3.9',
      name: 'LIST: % stops at the separator, * does not',
      begins: 'authenticated',
      script: `
        C: a CREATE wild1
        S: a OK
        C: b CREATE wild1/q
        S: b OK
        C: c CREATE wild1/q/r
        S: c OK
        C: d LIST "" wild%
        S: * LIST () "/" wild1
        S: d OK
        C: e LIST "" wild*
        S: * LIST () "/" wild1
        S: * LIST () "/" wild1/q
        S: * LIST () "/" wild1/q/r
        S: e OK
        C: f LIST "" wild%/%
        S: * LIST () "/" wild1/q
        S: f OK
        C: g LIST "" wild%/q/*
        S: * LIST () "/" wild1/q/r
        S: g OK
        C: h LIST "" wild*r
        S: * LIST () "/" wild1/q/r
        S: h OK
        C: i LIST "" wild1/
        S: i OK
        N: * LIST <rest>
      `,
    },
    {
      section: '6.3.9',
      name: 'LIST with a reference',
      begins: 'authenticated',
      script: `
        C: a CREATE ref
        S: a OK
        C: b CREATE ref/one
        S: b OK
        C: c LIST ref/ %
        S: * LIST () "/" ref/one
        S: c OK
      `,
    },
    {
      section: '6.3.9',
      name: 'LIST of an empty name gives the separator',
      begins: 'authenticated',
      script: `
        C: a LIST "" ""
        S: * LIST (\\Noselect) "/" ""
        S: a OK
      `,
    },
    {
      section: '6.3.9',
      name: 'LIST finds INBOX in any case of letters',
      begins: 'authenticated',
      script: `
        C: a LIST "" inbox
        S: * LIST () <any> INBOX
        S: a OK
        C: b LIST "" InB%
        S: * LIST () <any> INBOX
        S: b OK
      `,
    },
    {
      section: '6.3.9',
      name: 'LIST of what is not there is OK, and nothing',
      begins: 'authenticated',
      script: `
        C: a LIST "" nowhere
        S: a OK
        N: * LIST <rest>
      `,
    },
    {
      section: '5.1.3 of RFC 3501',
      name: 'names in modified UTF-7',
      begins: 'authenticated',
      script: `
        C: a CREATE Entw&APw-rfe
        S: a OK
        C: b LIST "" Entw*
        S: * LIST () "/" Entw&APw-rfe
        S: b OK
        C: c CREATE R&-D
        S: c OK
        C: d STATUS R&-D (MESSAGES)
        S: * STATUS R&-D (MESSAGES 0)
        S: d OK
      `,
    },
    {
      section: '6.3.11',
      name: 'STATUS of each item',
      messages: ['plain', { of: 'second', flags: '\\Seen' }],
      begins: 'authenticated',
      script: `
        C: a STATUS box (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
        S: * STATUS box (MESSAGES 2 UIDNEXT <gt:$u2> UIDVALIDITY $validity UNSEEN 1)
        S: a OK
      `,
    },
    {
      section: '6.3.11',
      name: 'STATUS of what is deleted, and of sizes',
      needs: ['IMAP4rev2'],
      messages: ['plain', { of: 'third', flags: '\\Deleted' }],
      begins: 'authenticated',
      script: `
        C: a STATUS box (DELETED SIZE)
        S: * STATUS box (DELETED 1 SIZE <number>)
        S: a OK
      `,
    },
    {
      section: '6.3.11',
      name: 'STATUS: unknown items, no items, no mailbox',
      begins: 'authenticated',
      script: `
        C: a STATUS INBOX (FROBS)
        S: a BAD
        C: b STATUS INBOX ()
        S: b BAD
        C: c STATUS nowhere (MESSAGES)
        S: c NO
      `,
    },
    {
      section: '6.3.11',
      name: 'STATUS does not select, and does not end a selection',
      messages: ['plain'],
      script: `
        C: a STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES <number>)
        S: a OK
        C: b FETCH 1 UID
        S: * 1 FETCH (UID $u1)
        S: b OK
      `,
    },
    {
      section: '6.3.10',
      name: 'NAMESPACE',
      needs: ['NAMESPACE'],
      begins: 'authenticated',
      script: `
        C: a NAMESPACE
        S: * NAMESPACE <list> <any> <any>
        S: a OK
      `,
    },
    {
      section: '6.4.1',
      name: 'CLOSE expunges without a word',
      messages: [{ of: 'plain', flags: '\\Deleted' }, 'second'],
      script: `
        C: a CLOSE
        S: a OK
        N: * <number> EXPUNGE
        C: b STATUS box (MESSAGES)
        S: * STATUS box (MESSAGES 1)
        S: b OK
        C: c FETCH 1 FLAGS
        S: c NO|BAD
      `,
    },
    {
      section: '6.4.1',
      name: 'CLOSE of a mailbox that was examined removes nothing',
      messages: [{ of: 'plain', flags: '\\Deleted' }],
      begins: 'authenticated',
      script: `
        C: a EXAMINE box
        S: a OK
        C: b CLOSE
        S: b OK
        C: c STATUS box (MESSAGES)
        S: * STATUS box (MESSAGES 1)
        S: c OK
      `,
    },
    {
      section: '6.4.2',
      name: 'UNSELECT removes nothing',
      needs: ['UNSELECT'],
      messages: [{ of: 'plain', flags: '\\Deleted' }],
      script: `
        C: a UNSELECT
        S: a OK
        C: b STATUS box (MESSAGES)
        S: * STATUS box (MESSAGES 1)
        S: b OK
        C: c UNSELECT
        S: c NO|BAD
      `,
    },
    {
      section: '6.3.9 of RFC 3501',
      name: 'LSUB names what is subscribed',
      begins: 'authenticated',
      script: `
        C: a CREATE sub
        S: a OK
        C: b CREATE sub/leaf
        S: b OK
        C: c SUBSCRIBE sub/leaf
        S: c OK
        C: d LSUB "" sub*
        S: * LSUB () "/" sub/leaf
        S: d OK
        C: e LSUB "" sub%
        S: * LSUB (\\Noselect) "/" sub
        S: e OK
        C: f UNSUBSCRIBE sub/leaf
        S: f OK
      `,
    },
  ],
)
