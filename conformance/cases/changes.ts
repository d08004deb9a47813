// Commands that change messages: APPEND, STORE, EXPUNGE, COPY, MOVE; and what other sessions may be told of it, when.

import { type Case, casesOf } from '../case.ts'

export const changes: readonly Case[] = casesOf(
  '9051',
  [],
  [
    {
      section: '6.3.12',
      name: 'APPEND with flags and a date',
      begins: 'selected',
      script: `
        C: a APPEND box (\\Seen \\Flagged) "15-Jan-2026 02:03:04 +0000" {$plain.size}
        S: +
        C: $plain
        S: a OK
        C: b NOOP
        S: b OK
        C: c FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])
        S: * 1 FETCH (FLAGS (\\Seen \\Flagged) INTERNALDATE "15-Jan-2026 02:03:04 +0000" RFC822.SIZE $plain.size BODY[] $plain)
        S: c OK
      `,
    },
    {
      section: '6.3.12',
      name: 'APPEND with a day of one digit',
      begins: 'selected',
      script: `
        C: a APPEND box " 5-Jan-2026 02:03:04 +0000" {$plain.size+}
        $plain
        S: a OK
        C: b NOOP
        S: b OK
        C: c FETCH 1 (INTERNALDATE)
        S: * 1 FETCH (INTERNALDATE <string>)
        S: c OK
      `,
    },
    {
      section: '6.3.12',
      name: 'APPEND to what is not there says that it could be created',
      begins: 'authenticated',
      script: `
        C: a APPEND nowhere {$plain.size+}
        $plain
        S: a NO [TRYCREATE]
        C: b LIST "" nowhere
        S: b OK
        N: * LIST <rest>
      `,
    },
    {
      section: '6.3.12',
      name: 'APPEND without a message, and with a date that is none',
      begins: 'selected',
      script: `
        C: a APPEND box
        S: a BAD
        C: b APPEND box "yesterday" {$plain.size+}
        $plain
        S: b BAD
        C: c STATUS box (MESSAGES)
        S: * STATUS box (MESSAGES 0)
        S: c OK
      `,
    },
    {
      section: '6.3.12',
      level: 'SHOULD',
      name: 'APPEND to the selected mailbox tells EXISTS before it is done',
      begins: 'selected',
      script: `
        C: a APPEND box {$plain.size+}
        $plain
        S: * 1 EXISTS
        S: a OK
      `,
    },
    {
      section: '6.3.12',
      name: 'APPENDUID is the UID that the message has',
      needs: ['UIDPLUS'],
      begins: 'selected',
      script: `
        C: a APPEND box {$plain.size+}
        $plain
        S: a OK [APPENDUID $validity <number=$uid>]
        C: b NOOP
        S: b OK
        C: c FETCH 1 UID
        S: * 1 FETCH (UID $uid)
        S: c OK
      `,
    },
    {
      section: '6.4.6',
      name: 'STORE: FLAGS, +FLAGS, -FLAGS',
      messages: [{ of: 'plain', flags: '\\Draft' }],
      script: `
        C: a STORE 1 FLAGS (\\Seen \\Answered)
        S: * 1 FETCH (FLAGS (\\Seen \\Answered))
        S: a OK
        C: b STORE 1 +FLAGS (\\Flagged)
        S: * 1 FETCH (FLAGS (\\Seen \\Answered \\Flagged))
        S: b OK
        C: c STORE 1 -FLAGS (\\Seen)
        S: * 1 FETCH (FLAGS (\\Answered \\Flagged))
        S: c OK
        C: d STORE 1 FLAGS ()
        S: * 1 FETCH (FLAGS ())
        S: d OK
      `,
    },
    {
      section: '6.4.6',
      level: 'SHOULD',
      name: 'STORE .SILENT says nothing, and does it',
      messages: ['plain', 'second'],
      script: `
        C: a STORE 1:2 +FLAGS.SILENT (\\Seen)
        S: a OK
        N: * 1 FETCH <rest>
        N: * 2 FETCH <rest>
        C: b FETCH 1:2 FLAGS
        S: * 1 FETCH (FLAGS (\\Seen))
        S: * 2 FETCH (FLAGS (\\Seen))
        S: b OK
      `,
    },
    {
      section: '9',
      name: 'STORE: flags without parentheses',
      messages: ['plain'],
      script: `
        C: a STORE 1 +FLAGS \\Seen \\Flagged
        S: * 1 FETCH (FLAGS (\\Seen \\Flagged))
        S: a OK
      `,
    },
    {
      section: '6.4.6',
      name: 'STORE: keywords, in any case of letters the same',
      messages: ['plain'],
      script: `
        C: a STORE 1 +FLAGS ($Forwarded Project)
        S: * 1 FETCH (FLAGS ($Forwarded Project))
        S: a OK
        C: b STORE 1 -FLAGS (PROJECT)
        S: * 1 FETCH (FLAGS ($Forwarded))
        S: b OK
      `,
    },
    {
      section: '9',
      name: 'STORE of \\Recent, and of what is no item, is malformed',
      messages: ['plain'],
      script: `
        C: a STORE 1 +FLAGS (\\Recent)
        S: a BAD
        C: b STORE 1 FROBS (\\Seen)
        S: b BAD
        C: c STORE 1
        S: c BAD
        C: d FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS ())
        S: d OK
      `,
    },
    {
      section: '6.4.9',
      name: 'UID STORE tells the UID, and passes over UIDs that are not there',
      messages: ['plain'],
      script: `
        C: a UID STORE $u1 +FLAGS (\\Seen)
        S: * 1 FETCH (UID $u1 FLAGS (\\Seen))
        S: a OK
        C: b UID STORE 4000000 +FLAGS (\\Seen)
        S: b OK
        N: * <number> FETCH <rest>
      `,
    },
    {
      section: '6.4.3',
      name: 'EXPUNGE: numbers as they are at each step',
      messages: [
        'plain',
        { of: 'second', flags: '\\Deleted' },
        { of: 'third', flags: '\\Deleted' },
        'plain',
        { of: 'second', flags: '\\Deleted' },
      ],
      script: `
        C: a EXPUNGE
        S: * 2 EXPUNGE
        S: * 2 EXPUNGE
        S: * 3 EXPUNGE
        S: a OK
        C: b FETCH 1:* UID
        S: * 1 FETCH (UID $u1)
        S: * 2 FETCH (UID $u4)
        S: b OK
      `,
    },
    {
      section: '6.4.3',
      name: 'EXPUNGE of nothing is OK',
      messages: ['plain'],
      script: `
        C: a EXPUNGE
        S: a OK
        N: * <number> EXPUNGE
        C: b EXPUNGE 1
        S: b BAD
      `,
    },
    {
      section: '6.4.9',
      name: 'UID EXPUNGE takes only what is deleted and named',
      needs: ['UIDPLUS'],
      messages: [{ of: 'plain', flags: '\\Deleted' }, { of: 'second', flags: '\\Deleted' }, 'third'],
      script: `
        C: a UID EXPUNGE $u2:$u3
        S: * 2 EXPUNGE
        S: a OK
        C: b FETCH 1:* (UID FLAGS)
        S: * 1 FETCH (UID $u1 FLAGS (\\Deleted))
        S: * 2 FETCH (UID $u3 FLAGS ())
        S: b OK
        C: c UID EXPUNGE
        S: c BAD
      `,
    },
    {
      section: '2.3.1.1',
      name: 'the UID of an expunged message is not given again',
      messages: ['plain', { of: 'second', flags: '\\Deleted' }],
      script: `
        C: a EXPUNGE
        S: * 2 EXPUNGE
        S: a OK
        C: b APPEND box {$plain.size+}
        $plain
        S: b OK
        C: c NOOP
        S: c OK
        C: d FETCH 2 UID
        S: * 2 FETCH (UID <gt:$u2>)
        S: d OK
      `,
    },
    {
      section: '6.4.7',
      level: 'SHOULD',
      name: 'COPY takes flags and date along',
      messages: [{ of: 'plain', flags: '\\Flagged work', date: '12-Feb-2026 10:11:12 +0000' }],
      script: `
        C: a CREATE target
        S: a OK
        C: b COPY 1 target
        S: b OK
        C: c SELECT target
        S: * 1 EXISTS
        S: c OK
        C: d FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])
        S: * 1 FETCH (FLAGS (\\Flagged work) INTERNALDATE "12-Feb-2026 10:11:12 +0000" BODY[] $plain)
        S: d OK
      `,
    },
    {
      section: '6.4.7',
      name: 'COPY to what is not there says that it could be created',
      messages: ['plain'],
      script: `
        C: a COPY 1 nowhere
        S: a NO [TRYCREATE]
      `,
    },
    {
      section: '6.4.7',
      name: 'COPYUID: from which UID to which',
      needs: ['UIDPLUS'],
      messages: ['plain', 'second', 'third'],
      script: `
        C: a CREATE target
        S: a OK
        C: b STATUS target (UIDVALIDITY UIDNEXT)
        S: * STATUS target (UIDVALIDITY <number=$other> UIDNEXT <number=$next>)
        S: b OK
        C: c COPY 1,3 target
        S: c OK [COPYUID $other $u1,$u3 <any>]
        C: d UID COPY $u2 target
        S: d OK [COPYUID $other $u2 <gt:$next>]
        C: e STATUS target (MESSAGES)
        S: * STATUS target (MESSAGES 3)
        S: e OK
      `,
    },
    {
      section: '6.4.9',
      name: 'UID COPY of nothing is OK, without COPYUID',
      messages: ['plain'],
      script: `
        C: a CREATE target
        S: a OK
        C: b UID COPY 4000000 target
        S: b OK
        C: c STATUS target (MESSAGES)
        S: * STATUS target (MESSAGES 0)
        S: c OK
      `,
    },
    {
      section: '6.4.7',
      name: 'COPY into the same mailbox',
      messages: ['plain', 'second'],
      script: `
        C: a COPY 1:2 box
        S: a OK
        C: b NOOP
        S: b OK
        C: c FETCH 3:4 (UID)
        S: * 3 FETCH (UID <gt:$u2>)
        S: * 4 FETCH (UID <gt:$u2>)
        S: c OK
      `,
    },
    {
      section: '6.4.8',
      name: 'MOVE: gone here, there with its flags',
      needs: ['MOVE'],
      messages: ['plain', { of: 'second', flags: '\\Seen' }, 'third'],
      script: `
        C: a CREATE target
        S: a OK
        C: b MOVE 2 target
        S: * 2 EXPUNGE
        S: b OK
        C: c SELECT target
        S: * 1 EXISTS
        S: c OK
        C: d FETCH 1 (FLAGS BODY.PEEK[])
        S: * 1 FETCH (FLAGS (\\Seen) BODY[] $second)
        S: d OK
      `,
    },
    {
      section: '6.4.8',
      level: 'SHOULD',
      name: 'UID MOVE tells COPYUID before the messages go',
      needs: ['MOVE', 'UIDPLUS'],
      messages: ['plain', 'second'],
      script: `
        C: a CREATE target
        S: a OK
        C: b UID MOVE $u1:$u2 target
        S: * OK [COPYUID <number> $u1:$u2 <any>]
        S: * 1 EXPUNGE
        S: * 1 EXPUNGE
        S: b OK
      `,
    },
    {
      section: '6.4.8',
      name: 'MOVE to what is not there moves nothing',
      needs: ['MOVE'],
      messages: ['plain'],
      script: `
        C: a MOVE 1 nowhere
        S: a NO [TRYCREATE]
        N: * <number> EXPUNGE
        C: b FETCH 1 UID
        S: * 1 FETCH (UID $u1)
        S: b OK
      `,
    },
    {
      section: '7.5.1',
      name: 'no EXPUNGE while FETCH, STORE or SEARCH is in progress, by another session',
      messages: ['plain', 'second', 'third'],
      script: `
        C2: a SELECT box
        S2: a OK
        C2: b STORE 1 +FLAGS.SILENT (\\Deleted)
        S2: b OK
        C2: c EXPUNGE
        S2: * 1 EXPUNGE
        S2: c OK
        C: d FETCH 2 UID
        S: * 2 FETCH (UID $u2)
        S: d OK
        N: * <number> EXPUNGE
        C: e STORE 3 +FLAGS (\\Seen)
        S: * 3 FETCH (FLAGS (\\Seen))
        S: e OK
        N: * <number> EXPUNGE
        C: f SEARCH SEEN
        S: * SEARCH 3
        S: f OK
        N: * <number> EXPUNGE
        C: g NOOP
        S: * 1 EXPUNGE
        S: g OK
        C: h FETCH 1:2 UID
        S: * 1 FETCH (UID $u2)
        S: * 2 FETCH (UID $u3)
        S: h OK
      `,
    },
    {
      section: '5.2',
      name: 'what another session did is told by NOOP',
      messages: ['plain'],
      script: `
        C2: a SELECT box
        S2: a OK
        C2: b STORE 1 +FLAGS (\\Flagged)
        S2: * 1 FETCH (FLAGS (\\Flagged))
        S2: b OK
        C2: c APPEND box {$second.size+}
        $second
        S2: c OK
        C: d NOOP
        S: * 1 FETCH (FLAGS (\\Flagged))
        S: * 2 EXISTS
        S: d OK
      `,
    },
    {
      section: '7.5.1',
      name: 'the number of messages is told before one of the new is spoken of',
      messages: ['plain'],
      script: `
        C2: a APPEND box {$second.size+}
        $second
        S2: a OK
        C: b CHECK
        S: * 2 EXISTS
        S: b OK
        C: c FETCH 2 BODY.PEEK[]
        S: * 2 FETCH (BODY[] $second)
        S: c OK
      `,
    },
  ],
)
