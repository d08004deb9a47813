// Extensions about single commands: lists of mailboxes, ways to append, parts of messages and results, quota, annotations, rights.

import { type Case, casesOf } from '../case.ts'

const lists = [
  ...casesOf(
    '5258',
    ['LIST-EXTENDED'],
    [
      {
        section: '3',
        name: 'several patterns at once, each mailbox once',
        begins: 'authenticated',
        script: `
          C: a CREATE many1
          S: a OK
          C: b CREATE many2
          S: b OK
          C: c LIST "" (many1 "many%")
          S: * LIST () "/" many1
          S: * LIST () "/" many2
          S: c OK
        `,
      },
      {
        section: '3.2',
        name: 'RETURN (CHILDREN) and (SUBSCRIBED)',
        begins: 'authenticated',
        script: `
          C: a CREATE outer
          S: a OK
          C: b CREATE outer/inner
          S: b OK
          C: c SUBSCRIBE outer/inner
          S: c OK
          C: d LIST "" outer* RETURN (CHILDREN SUBSCRIBED)
          S: * LIST (\\HasChildren) "/" outer
          S: * LIST (\\HasNoChildren \\Subscribed) "/" outer/inner
          S: d OK
          C: e UNSUBSCRIBE outer/inner
          S: e OK
        `,
      },
      {
        section: '3.1',
        name: 'RECURSIVEMATCH alone is BAD',
        begins: 'authenticated',
        script: `
          C: a LIST (RECURSIVEMATCH) "" *
          S: a BAD
        `,
      },
      {
        section: '3.5',
        name: 'RECURSIVEMATCH: CHILDINFO says why a name is there',
        begins: 'authenticated',
        script: `
          C: a CREATE above
          S: a OK
          C: b CREATE above/below
          S: b OK
          C: c SUBSCRIBE above/below
          S: c OK
          C: d LIST (SUBSCRIBED RECURSIVEMATCH) "" abov%
          S: * LIST () "/" above (CHILDINFO (SUBSCRIBED))
          S: d OK
          C: e UNSUBSCRIBE above/below
          S: e OK
        `,
      },
      {
        section: '6',
        name: 'options that are none are BAD',
        begins: 'authenticated',
        script: `
          C: a LIST (FROBS) "" *
          S: a BAD
          C: b LIST "" * RETURN (FROBS)
          S: b BAD
        `,
      },
    ],
  ),
  ...casesOf(
    '5819',
    ['LIST-STATUS'],
    [
      {
        section: '2',
        name: 'STATUS of each mailbox that is listed',
        messages: ['plain'],
        begins: 'authenticated',
        script: `
          C: a LIST "" box RETURN (STATUS (MESSAGES UNSEEN))
          S: * LIST () <any> box
          S: * STATUS box (MESSAGES 1 UNSEEN 1)
          S: a OK
        `,
      },
    ],
  ),
  ...casesOf(
    '8438',
    ['STATUS=SIZE'],
    [
      {
        section: '3',
        name: 'SIZE is the sum of RFC822.SIZE, or more',
        messages: ['plain'],
        begins: 'authenticated',
        script: `
          C: a STATUS box (SIZE)
          S: * STATUS box (SIZE <ge:$plainsize>)
          S: a OK
        `,
      },
    ],
  ),
  ...casesOf(
    '6154',
    ['SPECIAL-USE'],
    [
      {
        section: '2',
        name: 'LIST RETURN (SPECIAL-USE), and LIST (SPECIAL-USE)',
        begins: 'authenticated',
        script: `
          C: a LIST "" INBOX RETURN (SPECIAL-USE)
          S: * LIST () <any> INBOX
          S: a OK
          C: b LIST (SPECIAL-USE) "" *
          S: b OK
          N: * LIST () <any> INBOX
        `,
      },
    ],
  ),
  ...casesOf(
    '6154',
    ['CREATE-SPECIAL-USE'],
    [
      {
        section: '3',
        name: 'CREATE with a use that is none is refused with USEATTR',
        begins: 'authenticated',
        script: `
          C: a CREATE odd (USE (\\No-such-use))
          S: a NO [USEATTR]
          C: b LIST "" odd
          S: b OK
          N: * LIST <rest>
        `,
      },
    ],
  ),
  ...casesOf(
    '8440',
    ['LIST-MYRIGHTS'],
    [
      {
        section: '3',
        name: 'MYRIGHTS of each mailbox that is listed',
        begins: 'authenticated',
        script: `
          C: a LIST "" INBOX RETURN (MYRIGHTS)
          S: * LIST () <any> INBOX
          S: * MYRIGHTS INBOX <any>
          S: a OK
        `,
      },
    ],
  ),
]

const appending = [
  ...casesOf(
    '3516',
    ['BINARY'],
    [
      {
        section: '4.2',
        name: 'BINARY: parts decoded, and their sizes',
        messages: ['nested'],
        script: `
          C: a FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])
          S: * 1 FETCH (BINARY[1] "Hello" BINARY.SIZE[1] 5)
          S: a OK
          C: b FETCH 1 BINARY.SIZE[3]
          S: * 1 FETCH (BINARY.SIZE[3] 3)
          S: b OK
          C: c FETCH 1 BINARY.PEEK[3]
          S: * 1 FETCH (BINARY[3] <string>)
          S: c OK
          C: d FETCH 1 BINARY.PEEK[1]<1.3>
          S: * 1 FETCH (BINARY[1]<1> "ell")
          S: d OK
        `,
      },
      {
        section: '4.3',
        name: 'BINARY marks as seen',
        messages: ['nested'],
        script: `
          C: a FETCH 1 BINARY.SIZE[1]
          S: a OK
          C: b FETCH 1 FLAGS
          S: * 1 FETCH (FLAGS ())
          S: b OK
          C: c FETCH 1 BINARY[1]
          S: * 1 FETCH (BINARY[1] "Hello")
          S: c OK
          C: d FETCH 1 FLAGS
          S: * 1 FETCH (FLAGS (\\Seen))
          S: d OK
        `,
      },
      {
        section: '4.4',
        name: 'APPEND of a literal8',
        begins: 'selected',
        script: `
          C: a APPEND box ~{$plain.size+}
          $plain
          S: a OK
          C: b NOOP
          S: b OK
          C: c FETCH 1 BODY.PEEK[TEXT]
          S: * 1 FETCH (BODY[TEXT] "Hi Bob\\r\\n")
          S: c OK
        `,
      },
      {
        section: '7',
        name: 'BINARY of HEADER is malformed',
        messages: ['nested'],
        script: `
          C: a FETCH 1 BINARY.PEEK[HEADER]
          S: a BAD
          C: b FETCH 1 BINARY.PEEK[1.MIME]
          S: b BAD
        `,
      },
    ],
  ),
  ...casesOf(
    '4469',
    ['CATENATE'],
    [
      {
        section: '3',
        name: 'texts and parts of messages, one after the other',
        messages: ['plain'],
        script: `
          C: a APPEND box CATENATE (TEXT {14+}
          Subject: new

          URL "/box;UIDVALIDITY=$validity/;UID=$u1/;SECTION=TEXT" TEXT {3+}
          end)
          S: a OK
          C: b NOOP
          S: b OK
          C: c FETCH 2 BODY.PEEK[]
          S: * 2 FETCH (BODY[] "Subject: new\\r\\nHi Bob\\r\\nend")
          S: c OK
        `.replace('new\n\n          URL', 'new\n           URL'),
      },
      {
        section: '4.2',
        name: 'a URL that leads nowhere is told by BADURL, and nothing is appended',
        begins: 'selected',
        script: `
          C: a APPEND box CATENATE (URL "/box;UIDVALIDITY=$validity/;UID=4000000")
          S: a NO [BADURL <rest>]
          C: b STATUS box (MESSAGES)
          S: * STATUS box (MESSAGES 0)
          S: b OK
        `,
      },
      {
        section: '5',
        name: 'CATENATE of nothing is malformed',
        begins: 'selected',
        script: `
          C: a APPEND box CATENATE ()
          S: a BAD
        `,
      },
    ],
  ),
  ...casesOf(
    '3502',
    ['MULTIAPPEND'],
    [
      {
        section: '3',
        name: 'several messages at once, each with its own flags, in order',
        begins: 'selected',
        needs: ['UIDPLUS'],
        script: `
          C: a APPEND box (\\Seen) {$plain.size+}
          $plain (\\Flagged) "11-Jan-2026 01:02:03 +0000" {$third.size+}
          $third
          S: a OK [APPENDUID $validity <any>]
          C: b NOOP
          S: b OK
          C: c FETCH 1:2 (FLAGS BODY.PEEK[])
          S: * 1 FETCH (FLAGS (\\Seen) BODY[] $plain)
          S: * 2 FETCH (FLAGS (\\Flagged) BODY[] $third)
          S: c OK
        `,
      },
      {
        section: '3',
        name: 'all or none',
        begins: 'selected',
        script: `
          C: a APPEND box {$plain.size+}
          $plain "no date" {$third.size+}
          $third
          S: a BAD
          C: b NOOP
          S: b OK
          C: c STATUS box (MESSAGES)
          S: * STATUS box (MESSAGES 0)
          S: c OK
        `,
      },
    ],
  ),
  ...casesOf(
    '8508',
    ['REPLACE'],
    [
      {
        section: '3.3',
        name: 'one message in the place of another',
        messages: ['plain', 'second'],
        script: `
          C: a UID REPLACE $u1 box (\\Draft) {$third.size+}
          $third
          S: * OK [APPENDUID $validity <gt:$u2>]
          S: * 1 EXPUNGE
          S: a OK
          C: b FETCH 2 (FLAGS BODY.PEEK[])
          S: * 2 FETCH (FLAGS (\\Draft) BODY[] $third)
          S: b OK
        `,
      },
      {
        section: '3.4',
        name: 'of a set, or of what is not there: nothing changes',
        messages: ['plain', 'second'],
        script: `
          C: a REPLACE 1:2 box {$third.size+}
          $third
          S: a BAD
          C: b UID REPLACE 4000000 box {$third.size+}
          $third
          S: b NO|BAD
          C: c STATUS box (MESSAGES)
          S: * STATUS box (MESSAGES 2)
          S: c OK
        `,
      },
    ],
  ),
]

const parts = [
  ...casesOf(
    '9394',
    ['PARTIAL'],
    [
      {
        section: '3.1',
        name: 'results in parts, from either end; beyond them is NIL',
        messages: ['plain', 'second', 'third'],
        script: `
          C: a UID SEARCH RETURN (PARTIAL 1:2) ALL
          S: * ESEARCH (TAG "a") UID PARTIAL (1:2 $u1:$u2)
          S: a OK
          C: b UID SEARCH RETURN (PARTIAL -1:-2) ALL
          S: * ESEARCH (TAG "b") UID PARTIAL (-1:-2 $u2:$u3)
          S: b OK
          C: c UID SEARCH RETURN (PARTIAL 10:20) ALL
          S: * ESEARCH (TAG "c") UID PARTIAL (10:20 NIL)
          S: c OK
          C: d UID SEARCH RETURN (PARTIAL 1:-1) ALL
          S: d BAD
          C: e UID SEARCH RETURN (PARTIAL 1:2 ALL) ALL
          S: e BAD
        `,
      },
      {
        section: '3.3',
        name: 'UID FETCH of a part',
        messages: ['plain', 'second', 'third'],
        script: `
          C: a UID FETCH 1:* (UID) (PARTIAL -1:-1)
          S: * 3 FETCH (UID $u3)
          S: a OK
          N: * 1 FETCH <rest>
        `,
      },
    ],
  ),
  ...casesOf(
    '8970',
    ['PREVIEW'],
    [
      {
        section: '3',
        name: 'PREVIEW, LAZY, and what is malformed',
        messages: ['plain'],
        script: `
          C: a FETCH 1 PREVIEW
          S: * 1 FETCH (PREVIEW "Hi Bob")
          S: a OK
          C: b FETCH 1 PREVIEW (LAZY)
          S: * 1 FETCH (PREVIEW <any>)
          S: b OK
          C: c FETCH 1 FLAGS
          S: * 1 FETCH (FLAGS ())
          S: c OK
          C: d FETCH 1 (PREVIEW (EAGER))
          S: d BAD
        `,
      },
    ],
  ),
  ...casesOf(
    '2971',
    ['ID'],
    [
      {
        section: '3.1',
        name: 'ID with NIL, with a list, and malformed',
        begins: 'authenticated',
        script: `
          C: a ID NIL
          S: * ID <any>
          S: a OK
          C: b ID ("name" "suite" "version" NIL)
          S: * ID <any>
          S: b OK
          C: c ID ("name")
          S: c BAD
        `,
      },
    ],
  ),
]

const ownership = [
  ...casesOf(
    '9208',
    ['QUOTA'],
    [
      {
        section: '4.1.2',
        name: 'GETQUOTAROOT, and of what is not there',
        begins: 'authenticated',
        script: `
          C: a GETQUOTAROOT INBOX
          S: * QUOTAROOT INBOX <rest>
          S: a OK
          C: b GETQUOTA nowhere-at-all
          S: b NO
        `,
      },
    ],
  ),
  ...casesOf(
    '5464',
    ['METADATA'],
    [
      {
        section: '4.3',
        name: 'SETMETADATA, GETMETADATA, and NIL that removes',
        messages: ['plain'],
        begins: 'authenticated',
        script: `
          C: a SETMETADATA box (/private/comment "Mine")
          S: a OK
          C: b GETMETADATA box /private/comment
          S: * METADATA box (/private/comment "Mine")
          S: b OK
          C: c SETMETADATA box (/private/comment NIL)
          S: c OK
          C: d GETMETADATA box /private/comment
          S: d OK
          N: * METADATA box (/private/comment "Mine")
          C: e GETMETADATA nowhere /private/comment
          S: e NO
        `,
      },
      {
        section: '4.2.1',
        name: 'MAXSIZE: what is longer is left, and LONGENTRIES says how long',
        messages: ['plain'],
        begins: 'authenticated',
        script: `
          C: a SETMETADATA box (/private/comment "twelve bytes")
          S: a OK
          C: b GETMETADATA (MAXSIZE 5) box /private/comment
          S: b OK [METADATA LONGENTRIES 12]
          N: * METADATA box (/private/comment "twelve bytes")
        `,
      },
      {
        section: '3.1',
        name: 'names of entries that are malformed',
        messages: ['plain'],
        begins: 'authenticated',
        script: `
          C: a SETMETADATA box (/private/a*b "x")
          S: a NO|BAD
          C: b SETMETADATA box (/private//b "x")
          S: b NO|BAD
          C: c SETMETADATA box (/private/b/ "x")
          S: c NO|BAD
        `,
      },
    ],
  ),
  ...casesOf(
    '4314',
    ['ACL'],
    [
      {
        section: '3.5',
        name: 'MYRIGHTS, GETACL and LISTRIGHTS of an own mailbox',
        messages: ['plain'],
        begins: 'authenticated',
        script: `
          C: a MYRIGHTS box
          S: * MYRIGHTS box <any>
          S: a OK
          C: b GETACL box
          S: * ACL box <rest>
          S: b OK
          C: c LISTRIGHTS box "$user"
          S: * LISTRIGHTS box $user <rest>
          S: c OK
          C: d MYRIGHTS nowhere
          S: d NO
        `,
      },
      {
        section: '3.1',
        name: 'SETACL: rights that are none',
        messages: ['plain'],
        begins: 'authenticated',
        script: `
          C: a SETACL box bob lrQ
          S: a BAD
          C: b SETACL box bob
          S: b BAD
        `,
      },
    ],
  ),
]

export const extensions: readonly Case[] = [...lists, ...appending, ...parts, ...ownership]
