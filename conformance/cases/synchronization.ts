// What programs need that come back: CONDSTORE and QRESYNC, IDLE, UIDONLY, ids of objects, dates of saving.

import { type Case, casesOf } from '../case.ts'

const condstore = casesOf(
  '7162',
  ['CONDSTORE'],
  [
    {
      section: '3.1.2.1',
      name: 'SELECT tells HIGHESTMODSEQ',
      messages: ['plain'],
      begins: 'authenticated',
      script: `
        C: a SELECT box (CONDSTORE)
        S: * OK [HIGHESTMODSEQ <number=$highest>]
        S: a OK
        C: b FETCH 1 MODSEQ
        S: * 1 FETCH (MODSEQ (<number>))
        S: b OK
      `,
    },
    {
      section: '3.1.4',
      name: 'every change has a greater modseq than all before',
      messages: ['plain', 'second'],
      script: `
        C: a FETCH 1 (MODSEQ)
        S: * 1 FETCH (MODSEQ (<number=$before>))
        S: a OK
        C: b STORE 1 +FLAGS (\\Seen)
        S: * 1 FETCH (FLAGS (\\Seen) MODSEQ (<gt:$before>))
        S: b OK
        C: c FETCH 1 (MODSEQ)
        S: * 1 FETCH (MODSEQ (<gt:$before=$first>))
        S: c OK
        C: d STORE 2 +FLAGS (\\Seen)
        S: * 2 FETCH (MODSEQ (<gt:$first=$second>))
        S: d OK
        C: e STATUS INBOX (HIGHESTMODSEQ)
        S: * STATUS INBOX (HIGHESTMODSEQ <number>)
        S: e OK
      `,
    },
    {
      section: '3.1.4.1',
      name: 'CHANGEDSINCE: only what changed, with its modseq',
      messages: ['plain', 'second', 'third'],
      script: `
        C: a FETCH 3 (MODSEQ)
        S: * 3 FETCH (MODSEQ (<number=$since>))
        S: a OK
        C: b STORE 2 +FLAGS.SILENT (\\Flagged)
        S: * 2 FETCH (MODSEQ (<gt:$since>))
        S: b OK
        C: c FETCH 1:* (FLAGS) (CHANGEDSINCE $since)
        S: * 2 FETCH (FLAGS (\\Flagged) MODSEQ (<gt:$since>))
        S: c OK
        N: * 1 FETCH <rest>
        N: * 3 FETCH <rest>
        C: d UID FETCH 1:* (UID) (CHANGEDSINCE $since)
        S: * 2 FETCH (UID $u2 MODSEQ (<gt:$since>))
        S: d OK
      `,
    },
    {
      section: '3.1.3',
      name: 'UNCHANGEDSINCE: what changed is left, and named by MODIFIED',
      messages: ['plain', 'second', 'third'],
      script: `
        C: a FETCH 3 (MODSEQ)
        S: * 3 FETCH (MODSEQ (<number=$since>))
        S: a OK
        C: b STORE 2 +FLAGS.SILENT (\\Flagged)
        S: b OK
        C: c STORE 1:3 (UNCHANGEDSINCE $since) +FLAGS.SILENT (\\Seen)
        S: c OK [MODIFIED 2]
        C: d FETCH 1:3 FLAGS
        S: * 1 FETCH (FLAGS (\\Seen))
        S: * 2 FETCH (FLAGS (\\Flagged))
        S: * 3 FETCH (FLAGS (\\Seen))
        S: d OK
      `,
    },
    {
      section: '3.1.3',
      name: 'UID STORE: MODIFIED names UIDs',
      messages: ['plain', 'second'],
      script: `
        C: a FETCH 2 (MODSEQ)
        S: * 2 FETCH (MODSEQ (<number=$since>))
        S: a OK
        C: b STORE 1 +FLAGS.SILENT (\\Flagged)
        S: b OK
        C: c UID STORE $u1 (UNCHANGEDSINCE $since) +FLAGS.SILENT (\\Seen)
        S: c OK [MODIFIED $u1]
      `,
    },
    {
      section: '3.1.3',
      name: 'UNCHANGEDSINCE 0: no message is that old',
      messages: ['plain'],
      script: `
        C: a STORE 1 (UNCHANGEDSINCE 0) +FLAGS.SILENT (\\Seen)
        S: a OK|NO [MODIFIED 1]
        C: b FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS ())
        S: b OK
      `,
    },
    {
      section: '3.1.5',
      name: 'SEARCH MODSEQ finds what is as new, and tells the highest',
      messages: ['plain', 'second'],
      script: `
        C: z FETCH 1:2 (MODSEQ)
        S: z OK
        C: a STORE 2 +FLAGS (\\Flagged)
        S: a OK
        C: b FETCH 2 (MODSEQ)
        S: * 2 FETCH (MODSEQ (<number=$since>))
        S: b OK
        C: c SEARCH MODSEQ $since
        S: * SEARCH 2 (MODSEQ $since)
        S: c OK
        C: d SEARCH MODSEQ 4000000000
        S: * SEARCH
        S: d OK
      `,
    },
    {
      section: '7',
      name: 'malformed: CHANGEDSINCE and UNCHANGEDSINCE of what is no number',
      messages: ['plain'],
      script: `
        C: a FETCH 1 FLAGS (CHANGEDSINCE)
        S: a BAD
        C: b FETCH 1 FLAGS (CHANGEDSINCE x)
        S: b BAD
        C: c STORE 1 (UNCHANGEDSINCE x) +FLAGS (\\Seen)
        S: c BAD
      `,
    },
  ],
)

const qresync = casesOf(
  '7162',
  ['QRESYNC'],
  [
    {
      section: '3.2.3',
      name: 'QRESYNC has to be enabled first',
      messages: ['plain'],
      begins: 'authenticated',
      script: `
        C: a SELECT box (QRESYNC ($validity 1))
        S: a BAD
      `,
    },
    {
      section: '3.2.5',
      name: 'SELECT tells what vanished, and what changed',
      messages: ['plain', 'second', 'third'],
      begins: 'authenticated',
      script: `
        C2: a SELECT box (CONDSTORE)
        S2: * OK [HIGHESTMODSEQ <number=$since>]
        S2: a OK
        C2: b STORE 2 +FLAGS.SILENT (\\Deleted)
        S2: b OK
        C2: c EXPUNGE
        S2: * 2 EXPUNGE
        S2: c OK
        C2: d STORE 1 +FLAGS.SILENT (\\Flagged)
        S2: d OK
        C: e ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: e OK
        C: f SELECT box (QRESYNC ($validity $since $u1:$u3))
        S: * VANISHED (EARLIER) $u2
        S: * 1 FETCH (UID $u1 FLAGS (\\Flagged) MODSEQ (<gt:$since>))
        S: f OK
        N: * 2 FETCH <rest>
      `,
    },
    {
      section: '3.2.5',
      name: 'another UIDVALIDITY: nothing is told of before',
      messages: ['plain'],
      begins: 'authenticated',
      script: `
        C: e ENABLE QRESYNC
        S: e OK
        C: f SELECT box (QRESYNC (1 1))
        S: * OK [UIDVALIDITY $validity]
        S: f OK
        N: * VANISHED <rest>
      `,
    },
    {
      section: '3.2.7',
      name: 'EXPUNGE is told as VANISHED, with UIDs',
      messages: [{ of: 'plain', flags: '\\Deleted' }, 'second', { of: 'third', flags: '\\Deleted' }],
      begins: 'authenticated',
      script: `
        C: e ENABLE QRESYNC
        S: e OK
        C: f SELECT box
        S: f OK
        C: g EXPUNGE
        S: * VANISHED $u1,$u3
        S: g OK [HIGHESTMODSEQ <number>]
        N: * <number> EXPUNGE
      `,
    },
    {
      section: '3.2.6',
      name: 'UID FETCH with VANISHED',
      messages: ['plain', { of: 'second', flags: '\\Deleted' }, 'third'],
      begins: 'authenticated',
      script: `
        C: e ENABLE QRESYNC
        S: e OK
        C: f SELECT box
        S: * OK [HIGHESTMODSEQ <number=$since>]
        S: f OK
        C: g EXPUNGE
        S: * VANISHED $u2
        S: g OK
        C: h UID FETCH $u1:$u3 (FLAGS) (CHANGEDSINCE $since VANISHED)
        S: * VANISHED (EARLIER) $u2
        S: h OK
        C: i FETCH 1:2 (FLAGS) (CHANGEDSINCE $since VANISHED)
        S: i BAD
      `,
    },
    {
      section: '3.2.8',
      name: 'CLOSE may tell HIGHESTMODSEQ, and no VANISHED',
      messages: [{ of: 'plain', flags: '\\Deleted' }],
      begins: 'authenticated',
      script: `
        C: e ENABLE QRESYNC
        S: e OK
        C: f SELECT box
        S: f OK
        C: g CLOSE
        S: g OK
        N: * VANISHED <rest>
      `,
    },
    {
      section: '3.2.11',
      name: 'CLOSED when another mailbox is selected',
      messages: ['plain'],
      begins: 'authenticated',
      script: `
        C: e ENABLE QRESYNC
        S: e OK
        C: f SELECT box
        S: f OK
        N: * OK [CLOSED]
        C: g SELECT INBOX
        S: * OK [CLOSED]
        S: g OK
      `,
    },
  ],
)

const idle = casesOf(
  '2177',
  ['IDLE'],
  [
    {
      section: '3',
      name: 'new mail and changes are told while the client waits; DONE ends it',
      messages: ['plain'],
      script: `
        C: a IDLE
        S: +
        C2: b APPEND box {$second.size+}
        $second
        S2: b OK
        S: * 2 EXISTS
        C2: c SELECT box
        S2: c OK
        C2: d STORE 1 +FLAGS.SILENT (\\Deleted)
        S2: d OK
        S: * 1 FETCH (FLAGS (\\Deleted))
        C2: e EXPUNGE
        S2: e OK
        S: * 1 EXPUNGE
        C: DONE
        S: a OK
      `,
    },
    {
      section: '3',
      name: 'IDLE without a mailbox, and with an argument',
      begins: 'authenticated',
      script: `
        C: a IDLE
        S: +
        C: DONE
        S: a OK
        C: b IDLE now
        S: b BAD
      `,
    },
    {
      section: '3',
      name: 'anything but DONE is an error',
      messages: ['plain'],
      script: `
        C: a IDLE
        S: +
        C: b NOOP
        S: a BAD
      `,
    },
  ],
)

const uidonly = casesOf(
  '9586',
  ['UIDONLY'],
  [
    {
      section: '3',
      name: 'UIDFETCH and VANISHED in the place of FETCH and EXPUNGE; numbers are refused',
      messages: ['plain', { of: 'second', flags: '\\Deleted' }],
      begins: 'authenticated',
      script: `
        C: a ENABLE UIDONLY
        S: * ENABLED UIDONLY
        S: a OK
        C: b SELECT box
        S: * 2 EXISTS
        S: b OK
        C: c UID FETCH $u1 FLAGS
        S: * $u1 UIDFETCH <list>
        S: c OK
        N: * <number> FETCH <rest>
        C: d FETCH 1 FLAGS
        S: d BAD [UIDREQUIRED]
        C: e SEARCH 1
        S: e BAD [UIDREQUIRED]
        C: f EXPUNGE
        S: * VANISHED $u2
        S: f OK
        N: * <number> EXPUNGE
      `,
    },
  ],
)

const objectId = casesOf(
  '8474',
  ['OBJECTID'],
  [
    {
      section: '4',
      name: 'MAILBOXID of CREATE, SELECT and STATUS, and a new name changes nothing',
      begins: 'authenticated',
      script: `
        C: a CREATE ids
        S: a OK [MAILBOXID (<atom=$id>)]
        C: b STATUS ids (MAILBOXID)
        S: * STATUS ids (MAILBOXID ($id))
        S: b OK
        C: c RENAME ids ids-too
        S: c OK
        C: d SELECT ids-too
        S: * OK [MAILBOXID ($id)]
        S: d OK
      `,
    },
    {
      section: '5.1',
      name: 'EMAILID: the same for a copy in another mailbox, and found by it',
      messages: ['plain', 'third'],
      script: `
        C: a FETCH 1 EMAILID
        S: * 1 FETCH (EMAILID (<atom=$one>))
        S: a OK
        C: b SEARCH EMAILID $one
        S: * SEARCH 1
        S: b OK
        C: c CREATE target
        S: c OK
        C: d COPY 1 target
        S: d OK
        C: e SELECT target
        S: * 1 EXISTS
        S: e OK
        C: f FETCH 1 EMAILID
        S: * 1 FETCH (EMAILID ($one))
        S: f OK
      `,
    },
    {
      section: '5.1',
      name: 'EMAILID: the same for a copy in the same mailbox',
      messages: ['plain', 'third'],
      script: `
        C: a FETCH 1 EMAILID
        S: * 1 FETCH (EMAILID (<atom=$one>))
        S: a OK
        C: b COPY 1 box
        S: b OK
        C: c NOOP
        S: c OK
        C: d FETCH 3 EMAILID
        S: * 3 FETCH (EMAILID ($one))
        S: d OK
      `,
    },
    {
      section: '5.2',
      name: 'THREADID: NIL, or the same for an answer',
      messages: ['plain'],
      script: `
        C: a FETCH 1 THREADID
        S: * 1 FETCH (THREADID <any>)
        S: a OK
      `,
    },
  ],
)

const savedate = casesOf(
  '8514',
  ['SAVEDATE'],
  [
    {
      section: '4',
      name: 'SAVEDATE is of the time of saving, not of the date of APPEND',
      messages: [{ of: 'plain', date: '11-Jan-2001 00:00:00 +0000' }],
      script: `
        C: a FETCH 1 SAVEDATE
        S: * 1 FETCH (SAVEDATE <string>)
        S: a OK
        C: b SEARCH SAVEDSINCE 1-Jan-2020
        S: * SEARCH 1
        S: b OK
        C: c SEARCH SAVEDBEFORE 1-Jan-2020
        S: * SEARCH
        S: c OK
        C: d SEARCH SAVEDATESUPPORTED
        S: * SEARCH 1
        S: d OK
      `,
    },
  ],
)

export const synchronization: readonly Case[] = [
  ...condstore,
  ...qresync,
  ...idle,
  ...uidonly,
  ...objectId,
  ...savedate,
]
