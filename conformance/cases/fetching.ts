// FETCH: items, sections of nested messages, parts of them, sets of messages.

import { type Case, casesOf } from '../case.ts'

const NOBODY = 'NIL NIL NIL NIL NIL NIL NIL NIL'

const items = casesOf(
  '9051',
  [],
  [
    {
      section: '6.4.5',
      name: 'UID, FLAGS, INTERNALDATE, RFC822.SIZE',
      messages: [{ of: 'plain', flags: '\\Answered', date: '13-Mar-2026 12:00:00 +0000' }],
      script: `
        C: a FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE)
        S: * 1 FETCH (UID $u1 FLAGS (\\Answered) INTERNALDATE "13-Mar-2026 12:00:00 +0000" RFC822.SIZE $plain.size)
        S: a OK
      `,
    },
    {
      section: '6.4.5',
      name: 'the macros ALL, FAST and FULL',
      messages: ['plain'],
      script: `
        C: a FETCH 1 FAST
        S: * 1 FETCH (FLAGS () INTERNALDATE <string> RFC822.SIZE $plain.size)
        S: a OK
        C: b FETCH 1 ALL
        S: * 1 FETCH (FLAGS () INTERNALDATE <string> RFC822.SIZE $plain.size ENVELOPE <list>)
        S: b OK
        C: c FETCH 1 FULL
        S: * 1 FETCH (FLAGS () INTERNALDATE <string> RFC822.SIZE $plain.size ENVELOPE <list> BODY <list>)
        S: c OK
        C: d FETCH 1 (FAST UID)
        S: d BAD
      `,
    },
    {
      section: '6.4.5',
      name: 'items that are none, none at all, and parentheses that do not close',
      messages: ['plain'],
      script: `
        C: a FETCH 1 FROBS
        S: a BAD
        C: b FETCH 1 ()
        S: b BAD
        C: c FETCH 1
        S: c BAD
        C: d FETCH 1 (FLAGS
        S: d BAD
        C: e FETCH 1 BODY[FROB]
        S: e BAD
        C: f FETCH 1 BODY[1.FROB]
        S: f BAD
        C: g FETCH 1 BODY[
        S: g BAD
      `,
    },
    {
      section: '6.4.5',
      name: 'BODY[…] marks as seen, BODY.PEEK[…] does not',
      messages: ['plain'],
      script: `
        C: a FETCH 1 BODY.PEEK[]
        S: * 1 FETCH (BODY[] $plain)
        S: a OK
        C: b FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS ())
        S: b OK
        C: c FETCH 1 BODY[TEXT]
        S: * 1 FETCH (BODY[TEXT] "Hi Bob\\r\\n")
        S: c OK
        C: d FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS (\\Seen))
        S: d OK
      `,
    },
    {
      section: '6.4.5',
      name: 'HEADER, TEXT, and fields by name in any case of letters',
      messages: ['second'],
      script: `
        C: a FETCH 1 (BODY.PEEK[HEADER.FIELDS (sUbJeCt X-Colour X-None)])
        S: * 1 FETCH (BODY[HEADER.FIELDS (sUbJeCt X-Colour X-None)] "Subject: Re: Hello\\r\\nX-Colour: green\\r\\n\\r\\n")
        S: a OK
        C: b FETCH 1 BODY.PEEK[TEXT]
        S: * 1 FETCH (BODY[TEXT] "A longer answer, with the word umbrella in it.\\r\\n")
        S: b OK
        C: c FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (From Sender Reply-To To Cc Date Message-ID In-Reply-To References)]
        S: * 1 FETCH (BODY[HEADER.FIELDS.NOT (From Sender Reply-To To Cc Date Message-ID In-Reply-To References)] "Subject: Re: Hello\\r\\nX-Colour: green\\r\\n\\r\\n")
        S: c OK
        C: d FETCH 1 BODY.PEEK[HEADER.FIELDS (X-None)]
        S: * 1 FETCH (BODY[HEADER.FIELDS (X-None)] "\\r\\n")
        S: d OK
        C: e FETCH 1 BODY.PEEK[HEADER.FIELDS ()]
        S: e BAD
      `,
    },
    {
      section: '6.4.5',
      name: 'folded fields come as they are',
      messages: ['folded'],
      script: `
        C: a FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject)]
        S: * 1 FETCH (BODY[HEADER.FIELDS (Subject)] "Subject: first\\r\\n second\\r\\n third\\r\\n\\r\\n")
        S: a OK
      `,
    },
    {
      section: '6.4.5.1',
      name: 'parts of a multipart, and of the message in it',
      messages: ['nested'],
      script: `
        C: a FETCH 1 (BODY.PEEK[1] BODY.PEEK[3])
        S: * 1 FETCH (BODY[1] "SGVsbG8=" BODY[3] "AAEC")
        S: a OK
        C: b FETCH 1 BODY.PEEK[2.1]
        S: * 1 FETCH (BODY[2.1] "inner text")
        S: b OK
        C: c FETCH 1 BODY.PEEK[2.2]
        S: * 1 FETCH (BODY[2.2] "<p>inner</p>")
        S: c OK
        C: d FETCH 1 BODY.PEEK[2.HEADER.FIELDS (Subject)]
        S: * 1 FETCH (BODY[2.HEADER.FIELDS (Subject)] "Subject: inner\\r\\n\\r\\n")
        S: d OK
        C: e FETCH 1 BODY.PEEK[2.HEADER]
        S: * 1 FETCH (BODY[2.HEADER] "Subject: inner\\r\\nFrom: x@example.org\\r\\nMIME-Version: 1.0\\r\\nContent-Type: multipart/alternative; boundary=\\"i\\"\\r\\n\\r\\n")
        S: e OK
      `,
    },
    {
      section: '6.4.5.1',
      name: 'MIME: the header of a part, and only with a part',
      messages: ['nested'],
      script: `
        C: a FETCH 1 BODY.PEEK[1.MIME]
        S: * 1 FETCH (BODY[1.MIME] "Content-Type: text/plain; charset=us-ascii\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n")
        S: a OK
        C: b FETCH 1 BODY.PEEK[2.MIME]
        S: * 1 FETCH (BODY[2.MIME] "Content-Type: message/rfc822\\r\\n\\r\\n")
        S: b OK
        C: c FETCH 1 BODY.PEEK[MIME]
        S: c BAD
      `,
    },
    {
      section: '6.4.5.1',
      name: 'part 1 of a message that is no multipart is its body',
      messages: ['plain'],
      script: `
        C: a FETCH 1 BODY.PEEK[1]
        S: * 1 FETCH (BODY[1] "Hi Bob\\r\\n")
        S: a OK
      `,
    },
    {
      section: '6.4.5.1',
      name: 'parts of a message: from an octet, beyond its end',
      messages: ['plain'],
      script: `
        C: a FETCH 1 BODY.PEEK[TEXT]<3.3>
        S: * 1 FETCH (BODY[TEXT]<3> "Bob")
        S: a OK
        C: b FETCH 1 BODY.PEEK[TEXT]<3.1000>
        S: * 1 FETCH (BODY[TEXT]<3> "Bob\\r\\n")
        S: b OK
        C: c FETCH 1 BODY.PEEK[TEXT]<1000.5>
        S: * 1 FETCH (BODY[TEXT]<1000> "")
        S: c OK
        C: d FETCH 1 BODY.PEEK[]<0.5>
        S: * 1 FETCH (BODY[]<0> "From:")
        S: d OK
        C: e FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject)]<9.5>
        S: * 1 FETCH (BODY[HEADER.FIELDS (Subject)]<9> "Hello")
        S: e OK
      `,
    },
    {
      section: '9',
      name: 'a part of no octets is malformed',
      messages: ['plain'],
      script: `
        C: a FETCH 1 BODY.PEEK[TEXT]<0.0>
        S: a BAD
        C: b FETCH 1 BODY.PEEK[TEXT]<5>
        S: b BAD
      `,
    },
    {
      section: '7.5.2',
      name: 'ENVELOPE of a message with everything',
      messages: ['second'],
      script: `
        C: a FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE ("Wed, 18 Nov 2026 11:30:00 +0000" "Re: Hello" (("Q. Writer" NIL "writer" "example.net")) ((NIL NIL "desk" "example.net")) ((NIL NIL "replies" "example.net")) (("Ann" NIL "ann" "example.org") (NIL NIL "bob" "example.org")) ((NIL NIL "carol" "example.com")) NIL "<one@example.org>" "<two@example.net>"))
        S: a OK
      `,
    },
    {
      section: '7.5.2',
      name: 'ENVELOPE: sender and reply-to that are missing are those of From',
      messages: ['plain'],
      script: `
        C: a FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE ("Tue, 17 Nov 2026 10:00:00 +0100" "Hello" (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) ((NIL NIL "bob" "example.org")) NIL NIL NIL "<one@example.org>"))
        S: a OK
      `,
    },
    {
      section: '7.5.2',
      name: 'ENVELOPE: what is missing is NIL',
      messages: ['bare'],
      script: `
        C: a FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE (NIL NIL ${NOBODY}))
        S: a OK
      `,
    },
    {
      section: '7.5.2',
      name: 'ENVELOPE: a subject that is there and empty is an empty string, no address is NIL',
      messages: ['empty'],
      script: `
        C: a FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE (NIL "" ((NIL NIL "ann" "example.org")) <list> <list> NIL NIL NIL NIL NIL))
        S: a OK
      `,
    },
    {
      section: '7.5.2',
      name: 'ENVELOPE: groups of addresses',
      messages: ['group'],
      script: `
        C: a FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE (NIL NIL <list> <list> <list> ((NIL NIL "Friends" NIL) (NIL NIL "bob" "example.org") ("Carol" NIL "carol" "example.com") (NIL NIL NIL NIL)) ((NIL NIL "none" NIL) (NIL NIL NIL NIL)) NIL NIL NIL))
        S: a OK
      `,
    },
    {
      section: '7.5.2',
      name: 'ENVELOPE: a folded subject in one line',
      messages: ['folded'],
      script: `
        C: a FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE (NIL "first second third" <list> <list> <list> NIL NIL NIL NIL NIL))
        S: a OK
      `,
    },
    {
      section: '7.5.2',
      name: 'BODY of a plain message',
      messages: ['plain'],
      script: `
        C: a FETCH 1 BODY
        S: * 1 FETCH (BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1))
        S: a OK
        C: b FETCH 1 BODYSTRUCTURE
        S: * 1 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1 <rest>))
        S: b OK
      `,
    },
    {
      section: '7.5.2',
      name: 'BODYSTRUCTURE of a multipart with a message in it',
      messages: ['nested'],
      script: `
        C: a FETCH 1 BODYSTRUCTURE
        S: * 1 FETCH (BODYSTRUCTURE (("text" "plain" ("charset" "us-ascii") NIL NIL "base64" 8 <number> <rest>) ("message" "rfc822" NIL NIL NIL "7bit" <number> (NIL "inner" ((NIL NIL "x" "example.org")) ((NIL NIL "x" "example.org")) ((NIL NIL "x" "example.org")) NIL NIL NIL NIL NIL) (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 <number> <rest>) ("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 12 <number> <rest>) "alternative" ("boundary" "i") <rest>) <number> <rest>) ("application" "octet-stream" ("name" "a.bin") NIL NIL "base64" 4 NIL ("attachment" ("filename" "a.bin")) <rest>) "mixed" ("boundary" "o") <rest>))
        S: a OK
      `,
    },
    {
      section: '7.5.2',
      name: 'BODY is BODYSTRUCTURE without its extension data',
      messages: ['nested'],
      script: `
        C: a FETCH 1 BODY
        S: * 1 FETCH (BODY (("text" "plain" ("charset" "us-ascii") NIL NIL "base64" 8 <number>) ("message" "rfc822" NIL NIL NIL "7bit" <number> <list> (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 <number>) ("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 12 <number>) "alternative") <number>) ("application" "octet-stream" ("name" "a.bin") NIL NIL "base64" 4) "mixed"))
        S: a OK
      `,
    },
  ],
)

const older = casesOf(
  '3501',
  ['IMAP4rev1'],
  [
    {
      section: '6.4.5',
      name: 'RFC822, RFC822.HEADER and RFC822.TEXT',
      messages: ['third'],
      script: `
        C: a FETCH 1 RFC822.HEADER
        S: * 1 FETCH (RFC822.HEADER <string>)
        S: a OK
        C: b FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS ())
        S: b OK
        C: c FETCH 1 RFC822.TEXT
        S: * 1 FETCH (RFC822.TEXT "Short.\\r\\n")
        S: c OK
        C: d FETCH 1 (RFC822 FLAGS)
        S: * 1 FETCH (RFC822 $third FLAGS (\\Seen))
        S: d OK
      `,
    },
  ],
)

const sets = casesOf(
  '9051',
  [],
  [
    {
      section: '9',
      name: 'sets: ranges either way, *, lists, the same twice',
      messages: ['plain', 'second', 'third'],
      script: `
        C: a FETCH 3:2 UID
        S: * 2 FETCH (UID $u2)
        S: * 3 FETCH (UID $u3)
        S: a OK
        C: b FETCH * UID
        S: * 3 FETCH (UID $u3)
        S: b OK
        C: c FETCH *:2 UID
        S: * 2 FETCH (UID $u2)
        S: * 3 FETCH (UID $u3)
        S: c OK
        C: d FETCH 1,1,3 UID
        S: * 1 FETCH (UID $u1)
        S: * 3 FETCH (UID $u3)
        S: d OK
        C: e FETCH *:* UID
        S: * 3 FETCH (UID $u3)
        S: e OK
      `,
    },
    {
      section: '9',
      level: 'SHOULD',
      name: 'a number beyond the last message is BAD',
      messages: ['plain'],
      script: `
        C: a FETCH 2 UID
        S: a BAD
        C: b STORE 7 +FLAGS (\\Seen)
        S: b BAD
      `,
    },
    {
      section: '9',
      name: 'sets that are malformed',
      messages: ['plain'],
      script: `
        C: a FETCH 0 UID
        S: a BAD
        C: b FETCH 1: UID
        S: b BAD
        C: c FETCH 1,,1 UID
        S: c BAD
        C: d FETCH x UID
        S: d BAD
        C: e UID FETCH 0 FLAGS
        S: e BAD
        C: f FETCH 4294967296 UID
        S: f BAD
      `,
    },
    {
      section: '6.4.9',
      name: 'UID FETCH tells UIDs; those that are not there are passed over; * is the last',
      messages: ['plain', 'second'],
      script: `
        C: a UID FETCH 1:* FLAGS
        S: * 1 FETCH (UID $u1 FLAGS ())
        S: * 2 FETCH (UID $u2 FLAGS ())
        S: a OK
        C: b UID FETCH 4000000 FLAGS
        S: b OK
        N: * <number> FETCH <rest>
        C: c UID FETCH 4000000:* FLAGS
        S: * 2 FETCH (UID $u2 FLAGS ())
        S: c OK
      `,
    },
    {
      section: '6.4.9',
      name: 'UID FETCH 1:* of an empty mailbox is OK, and nothing',
      begins: 'selected',
      script: `
        C: a UID FETCH 1:* FLAGS
        S: a OK
        N: * <number> FETCH <rest>
      `,
    },
  ],
)

export const fetching: readonly Case[] = [...items, ...older, ...sets]
