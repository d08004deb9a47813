// SEARCH and what goes with it: ESEARCH, SEARCHRES, WITHIN, SORT, THREAD.

import { type Case, type CaseMessage, casesOf } from '../case.ts'

const THREE: readonly CaseMessage[] = [
  { of: 'plain', flags: '\\Seen', date: '01-Oct-2026 12:00:00 +0000' },
  { of: 'second', flags: '\\Flagged \\Answered project', date: '02-Oct-2026 12:00:00 +0000' },
  { of: 'third', flags: '\\Deleted \\Draft', date: '03-Oct-2026 12:00:00 +0000' },
]

/** Keys, each with the messages that it finds. */
function found(section: string, name: string, keys: Readonly<Record<string, string>>): Omit<Case, 'level'> {
  const lines = Object.entries(keys).flatMap(([key, numbers], at) => [
    `C: s${at} SEARCH ${key}`,
    `S: * SEARCH ${numbers}`,
    `S: s${at} OK`,
  ])
  return { section, name, messages: THREE, script: lines.join('\n') }
}

const search = casesOf(
  '9051',
  ['IMAP4rev1'],
  [
    found('6.4.4', 'keys about flags', {
      ALL: '1 2 3',
      SEEN: '1',
      UNSEEN: '2 3',
      FLAGGED: '2',
      UNFLAGGED: '1 3',
      ANSWERED: '2',
      UNANSWERED: '1 3',
      DELETED: '3',
      UNDELETED: '1 2',
      DRAFT: '3',
      UNDRAFT: '1 2',
      'KEYWORD project': '2',
      'KEYWORD PROJECT': '2',
      'UNKEYWORD project': '1 3',
      'KEYWORD nowhere': '',
    }),
    found('6.4.4', 'keys about addresses and header fields', {
      'FROM ann': '1',
      'FROM "Q. Writer"': '2',
      'TO bob': '1 2',
      'CC carol': '2',
      'BCC x': '',
      'SUBJECT hello': '1 2',
      'SUBJECT ELLO': '1 2',
      'HEADER X-Colour green': '2',
      'HEADER x-colour ""': '2',
      'HEADER Message-ID "<three@"': '3',
    }),
    found('6.4.4', 'keys about text', {
      'BODY umbrella': '2',
      'BODY UMBRELLA': '2',
      'BODY brell': '2',
      'BODY Hello': '',
      'TEXT Hello': '1 2',
      'TEXT "word umbrella"': '2',
      'TEXT zoe': '3',
    }),
    found('6.4.4', 'keys about dates: received', {
      'BEFORE 2-Oct-2026': '1',
      'ON 2-Oct-2026': '2',
      'SINCE 2-Oct-2026': '2 3',
      'SINCE "02-Oct-2026"': '2 3',
    }),
    found('6.4.4', 'keys about dates: written, whatever the zone', {
      'SENTBEFORE 17-Nov-2026': '3',
      'SENTON 17-Nov-2026': '1',
      'SENTSINCE 17-Nov-2026': '1 2',
    }),
    found('6.4.4', 'keys about sizes: neither is that of the message itself', {
      'LARGER 300': '2',
      'SMALLER 300': '1 3',
    }),
    found('6.4.4', 'NOT, OR, parentheses, sets; all keys must hold', {
      'NOT SEEN': '2 3',
      'OR SEEN DELETED': '1 3',
      'OR (SEEN) (FLAGGED ANSWERED)': '1 2',
      'NOT (SEEN)': '2 3',
      'NOT OR SEEN FLAGGED': '3',
      'TO bob FLAGGED': '2',
      '2:3': '2 3',
      '* UNSEEN': '3',
      '1,3': '1 3',
    }),
    {
      section: '6.4.4',
      name: 'UID SEARCH and the key UID',
      messages: THREE,
      script: `
        C: a UID SEARCH UNSEEN
        S: * SEARCH $u2 $u3
        S: a OK
        C: b SEARCH UID $u2
        S: * SEARCH 2
        S: b OK
        C: c UID SEARCH UID 4000000
        S: * SEARCH
        S: c OK
        C: d UID SEARCH 1
        S: * SEARCH $u1
        S: d OK
      `,
    },
    {
      section: '6.4.4',
      name: 'SEARCH of an empty mailbox finds nothing',
      begins: 'selected',
      script: `
        C: a SEARCH ALL
        S: * SEARCH
        S: a OK
      `,
    },
    {
      section: '6.4.4',
      name: 'CHARSET: UTF-8 and US-ASCII, and one that is unknown',
      messages: THREE,
      script: `
        C: a SEARCH CHARSET UTF-8 SUBJECT Hello
        S: * SEARCH 1 2
        S: a OK
        C: b SEARCH CHARSET US-ASCII SUBJECT Hello
        S: * SEARCH 1 2
        S: b OK
        C: c SEARCH CHARSET X-NONE SUBJECT Hello
        S: c NO
      `,
    },
    {
      section: '7.1',
      level: 'SHOULD',
      name: 'an unknown CHARSET is said to be so',
      messages: ['plain'],
      script: `
        C: c SEARCH CHARSET X-NONE SUBJECT Hello
        S: c NO [BADCHARSET <rest>]
      `,
    },
    {
      section: '6.4.4',
      name: 'SEARCH: malformed keys',
      messages: ['plain'],
      script: `
        C: a SEARCH
        S: a BAD
        C: b SEARCH FROBS
        S: b BAD
        C: c SEARCH FROM
        S: c BAD
        C: d SEARCH OR SEEN
        S: d BAD
        C: e SEARCH (SEEN
        S: e BAD
        C: f SEARCH ON 32-Foo-2026
        S: f BAD
        C: g SEARCH NOT
        S: g BAD
        C: h SEARCH LARGER x
        S: h BAD
        C: i SEARCH ()
        S: i BAD
      `,
    },
    {
      section: '6.4.4',
      name: 'strings as literals',
      messages: THREE,
      script: `
        C: a SEARCH SUBJECT {5}
        S: +
        C: Hello FLAGGED
        S: * SEARCH 2
        S: a OK
      `,
    },
  ],
)

const rev2 = casesOf(
  '9051',
  ['IMAP4rev2'],
  [
    {
      section: '6.4.4',
      name: 'with rev2 enabled, SEARCH is answered by ESEARCH',
      messages: THREE,
      script: `
        C: e ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: e OK
        C: a SEARCH UNSEEN
        S: * ESEARCH (TAG "a") ALL 2:3
        S: a OK
        N: * SEARCH <rest>
        C: b UID SEARCH FLAGGED
        S: * ESEARCH (TAG "b") UID ALL $u2
        S: b OK
      `,
    },
  ],
)

const esearch = casesOf(
  '4731',
  ['ESEARCH'],
  [
    {
      section: '3.1',
      name: 'MIN, MAX, COUNT, ALL',
      messages: THREE,
      script: `
        C: a SEARCH RETURN (MIN) UNSEEN
        S: * ESEARCH (TAG "a") MIN 2
        S: a OK
        C: b SEARCH RETURN (MAX) UNSEEN
        S: * ESEARCH (TAG "b") MAX 3
        S: b OK
        C: c SEARCH RETURN (COUNT) ALL
        S: * ESEARCH (TAG "c") COUNT 3
        S: c OK
        C: d SEARCH RETURN (MIN MAX COUNT ALL) 1,3
        S: * ESEARCH (TAG "d") MIN 1 MAX 3 COUNT 2 ALL 1,3
        S: d OK
        N: * SEARCH <rest>
      `,
    },
    {
      section: '3.1',
      name: 'RETURN () is ALL',
      messages: THREE,
      script: `
        C: a SEARCH RETURN () ALL
        S: * ESEARCH (TAG "a") ALL 1:3
        S: a OK
      `,
    },
    {
      section: '3.1',
      name: 'nothing found: COUNT 0, and no MIN, MAX or ALL',
      messages: THREE,
      script: `
        C: a SEARCH RETURN (MIN MAX ALL COUNT) KEYWORD nowhere
        S: * ESEARCH (TAG "a") COUNT 0
        S: a OK
        C: b SEARCH RETURN (ALL) KEYWORD nowhere
        S: * ESEARCH (TAG "b")
        S: b OK
      `,
    },
    {
      section: '3.1',
      name: 'UID SEARCH says that it gives UIDs',
      messages: THREE,
      script: `
        C: a UID SEARCH RETURN (COUNT ALL) UNSEEN
        S: * ESEARCH (TAG "a") UID COUNT 2 ALL $u2,$u3
        S: a OK
        C: b UID SEARCH RETURN (COUNT) KEYWORD nowhere
        S: * ESEARCH (TAG "b") UID COUNT 0
        S: b OK
      `,
    },
    {
      section: '3.1',
      name: 'a return option that is none is BAD',
      messages: ['plain'],
      script: `
        C: a SEARCH RETURN (FROBS) ALL
        S: a BAD
        C: b SEARCH RETURN (COUNT ALL
        S: b BAD
      `,
    },
  ],
)

const searchres = casesOf(
  '5182',
  ['SEARCHRES'],
  [
    {
      section: '2.1',
      name: 'what was saved is meant by $, alone and in a set',
      messages: THREE,
      script: `
        C: a SEARCH RETURN (SAVE) UNSEEN
        S: a OK
        N: * ESEARCH <rest>
        C: b FETCH $ UID
        S: * 2 FETCH (UID $u2)
        S: * 3 FETCH (UID $u3)
        S: b OK
        C: c UID FETCH $ FLAGS
        S: * 2 FETCH (UID $u2 FLAGS (\\Flagged \\Answered project))
        S: * 3 FETCH (UID $u3 FLAGS (\\Deleted \\Draft))
        S: c OK
        C: d SEARCH $ FLAGGED
        S: * SEARCH 2
        S: d OK
      `,
    },
    {
      section: '2.1',
      name: 'an empty result is a set of no messages',
      messages: THREE,
      script: `
        C: a SEARCH RETURN (SAVE) KEYWORD nowhere
        S: a OK
        C: b FETCH $ UID
        S: b OK
        N: * <number> FETCH <rest>
      `,
    },
    {
      section: '2.4',
      name: 'SAVE with MIN and MAX keeps those alone',
      messages: THREE,
      script: `
        C: a SEARCH RETURN (SAVE MIN) ALL
        S: * ESEARCH (TAG "a") MIN 1
        S: a OK
        C: b FETCH $ UID
        S: * 1 FETCH (UID $u1)
        S: b OK
        N: * 3 FETCH <rest>
        C: c SEARCH RETURN (SAVE COUNT) ALL
        S: * ESEARCH (TAG "c") COUNT 3
        S: c OK
        C: d SEARCH RETURN (COUNT) $
        S: * ESEARCH (TAG "d") COUNT 3
        S: d OK
      `,
    },
    {
      section: '2.1',
      name: 'a SEARCH that fails with NO leaves an empty result',
      messages: THREE,
      script: `
        C: a SEARCH RETURN (SAVE) ALL
        S: a OK
        C: b SEARCH RETURN (SAVE) CHARSET X-NONE SUBJECT x
        S: b NO
        C: c FETCH $ UID
        S: c OK
        N: * <number> FETCH <rest>
      `,
    },
    {
      section: '2.1',
      name: 'expunged messages leave the result',
      messages: THREE,
      script: `
        C: a SEARCH RETURN (SAVE) ALL
        S: a OK
        C: b EXPUNGE
        S: * 3 EXPUNGE
        S: b OK
        C: c SEARCH RETURN (COUNT) $
        S: * ESEARCH (TAG "c") COUNT 2
        S: c OK
      `,
    },
  ],
)

const within = casesOf(
  '5032',
  ['WITHIN'],
  [
    {
      section: '3',
      name: 'OLDER and YOUNGER, in seconds; 0 is malformed',
      messages: [{ of: 'plain', date: '01-Jan-2020 00:00:00 +0000' }],
      script: `
        C: a SEARCH OLDER 3600
        S: * SEARCH 1
        S: a OK
        C: b SEARCH YOUNGER 3600
        S: * SEARCH
        S: b OK
        C: c SEARCH OLDER 0
        S: c BAD
      `,
    },
  ],
)

const sort = casesOf(
  '5256',
  ['SORT'],
  [
    {
      section: '3',
      name: 'by each criterion',
      messages: THREE,
      script: `
        C: a SORT (ARRIVAL) UTF-8 ALL
        S: * SORT 1 2 3
        S: a OK
        C: b SORT (DATE) UTF-8 ALL
        S: * SORT 3 1 2
        S: b OK
        C: c SORT (FROM) UTF-8 ALL
        S: * SORT 1 2 3
        S: c OK
        C: d SORT (REVERSE FROM) UTF-8 ALL
        S: * SORT 3 2 1
        S: d OK
        C: e SORT (SUBJECT DATE) UTF-8 ALL
        S: * SORT 3 1 2
        S: e OK
        C: f SORT (SUBJECT REVERSE DATE) UTF-8 ALL
        S: * SORT 3 2 1
        S: f OK
        C: g SORT (REVERSE SIZE) UTF-8 ALL
        S: * SORT 2 3 1
        S: g OK
        C: h SORT (TO) UTF-8 ALL
        S: * SORT 2 3 1
        S: h OK
        C: i SORT (CC) UTF-8 ALL
        S: * SORT 1 3 2
        S: i OK
      `,
    },
    {
      section: '3',
      name: 'UID SORT, and keys that choose',
      messages: THREE,
      script: `
        C: a UID SORT (DATE) UTF-8 UNSEEN
        S: * SORT $u3 $u2
        S: a OK
        C: b SORT (DATE) US-ASCII KEYWORD nowhere
        S: * SORT
        S: b OK
      `,
    },
    {
      section: '3',
      name: 'SORT: malformed, and an unknown charset',
      messages: ['plain'],
      script: `
        C: a SORT (FROBS) UTF-8 ALL
        S: a BAD
        C: b SORT () UTF-8 ALL
        S: b BAD
        C: c SORT (DATE) UTF-8
        S: c BAD
        C: d SORT (REVERSE) UTF-8 ALL
        S: d BAD
        C: e SORT (DATE) X-NONE ALL
        S: e NO
      `,
    },
    {
      section: '3',
      name: 'THREAD by references',
      needs: ['THREAD=REFERENCES'],
      messages: THREE,
      script: `
        C: a THREAD REFERENCES UTF-8 ALL
        S: * THREAD (3) (1 2)
        S: a OK
        C: b UID THREAD REFERENCES UTF-8 2
        S: * THREAD ($u2)
        S: b OK
      `,
    },
    {
      section: '3',
      name: 'THREAD by subject',
      needs: ['THREAD=ORDEREDSUBJECT'],
      messages: THREE,
      script: `
        C: a THREAD ORDEREDSUBJECT UTF-8 ALL
        S: * THREAD (3) (1 2)
        S: a OK
      `,
    },
    {
      section: '3',
      name: 'THREAD by an algorithm that is none',
      needs: ['THREAD=REFERENCES'],
      messages: ['plain'],
      script: `
        C: a THREAD FROBS UTF-8 ALL
        S: a BAD
      `,
    },
  ],
)

const esort = casesOf(
  '5267',
  ['ESORT'],
  [
    {
      section: '3.1',
      name: 'SORT with RETURN: MIN and MAX are the first and the last in order',
      messages: THREE,
      script: `
        C: a SORT RETURN (MIN MAX COUNT) (REVERSE DATE) UTF-8 ALL
        S: * ESEARCH (TAG "a") MIN 2 MAX 3 COUNT 3
        S: a OK
      `,
    },
  ],
)

export const searching: readonly Case[] = [...search, ...rev2, ...esearch, ...searchres, ...within, ...sort, ...esort]
