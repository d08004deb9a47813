// Where a server differs from what a case expects, and who is right: data, checked by every run. A difference that is not here fails the run, and so does
// one that is here and was not seen. Mailkeep's own stand here, too.

import type { Case } from './case.ts'

export interface Verdict {
  readonly server: 'Mailkeep' | 'Dovecot' | 'Cyrus'
  readonly section: Case['section']
  readonly name: Case['name']
  /** `suite`: the section wants what the case expects. `both`: it can be read either way, or leaves the choice. */
  readonly right: 'suite' | 'both'
  /** What the server does, and what the section says, in our words. */
  readonly why: string
}

const mailkeep: readonly Verdict[] = [
  {
    server: 'Mailkeep',
    section: 'RFC 8474 §5.1',
    name: 'EMAILID: the same for a copy in the same mailbox',
    right: 'suite',
    why: 'The copy has an id of its own: in JMAP’s model an e-mail is in a mailbox once. A copy must have the id of its source.',
  },
]

const dovecot: readonly Verdict[] = [
  {
    server: 'Dovecot',
    section: 'RFC 9051 §6.1.1',
    name: 'CAPABILITY takes no argument',
    right: 'suite',
    why: 'Arguments are passed over; the syntax has none.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 9051 §6.2.2',
    name: 'AUTHENTICATE PLAIN with what is not base64 is BAD',
    right: 'suite',
    why: 'Answers NO; for base64 that is none a tagged BAD is a MUST.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 9051 §9',
    name: 'NOOP with an argument is BAD',
    right: 'suite',
    why: 'Arguments are passed over; the syntax has none.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 9051 §2.2.1',
    name: 'tags of any characters that are allowed come back',
    right: 'suite',
    why: 'A tag with `]` is refused; a tag is of any ASTRING-CHAR but `+`, and `]` is one.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 9051 §6.3.1',
    name: 'ENABLE without an argument is BAD',
    right: 'suite',
    why: 'Answers OK; the syntax wants a capability.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 9051 §6.3.6',
    name: 'RENAME of INBOX leaves what is inside it',
    right: 'suite',
    why: 'What is inside goes along (with sdbox); the section says that inferior names of INBOX are not affected.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 9051 §6.3.12',
    name: 'APPEND without a message, and with a date that is none',
    right: 'suite',
    why: 'After BAD to the arguments, the non-synchronizing literal is read as commands; RFC 7888 has the server read past it.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 9051 §6.4.3',
    name: 'EXPUNGE of nothing is OK',
    right: 'suite',
    why: 'EXPUNGE with an argument expunges everything that is marked; the syntax has no argument.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 9051 §9',
    name: 'a part of no octets is malformed',
    right: 'suite',
    why: 'Answers with an empty part; the length is a number from 1.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 2177 §3',
    name: 'IDLE without a mailbox, and with an argument',
    right: 'suite',
    why: 'Arguments are passed over; the syntax has none.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 3516 §7',
    name: 'BINARY of HEADER is malformed',
    right: 'suite',
    why: 'Is answered; a section of BINARY is part numbers alone.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 3502 §3',
    name: 'all or none',
    right: 'suite',
    why: 'As for one message: after BAD, the non-synchronizing literal is read as commands (RFC 7888).',
  },
  {
    server: 'Dovecot',
    section: 'RFC 2971 §3.1',
    name: 'ID with NIL, with a list, and malformed',
    right: 'suite',
    why: 'A field without a value is taken; the syntax has pairs.',
  },
  {
    server: 'Dovecot',
    section: 'RFC 4314 §3.5',
    name: 'MYRIGHTS, GETACL and LISTRIGHTS of an own mailbox',
    right: 'both',
    why: 'Tells the rights of a mailbox that is not there. NO is for rights that cannot be told; of mailboxes that are not there the section says nothing.',
  },
]

const cyrus: readonly Verdict[] = [
  {
    server: 'Cyrus',
    section: 'RFC 9051 §6.2.2',
    name: 'AUTHENTICATE PLAIN with what is not base64 is BAD',
    right: 'suite',
    why: 'Answers NO; for base64 that is none a tagged BAD is a MUST.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 9051 §9',
    name: 'a tag alone is BAD',
    right: 'both',
    why: 'The BAD is untagged, as it may be where no command can be made out (§7.1.3).',
  },
  {
    server: 'Cyrus',
    section: 'RFC 9051 §6.3.6',
    name: 'RENAME of INBOX moves its messages, and INBOX stays',
    right: 'suite',
    why: 'The connection ends without an answer.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 9051 §6.3.6',
    name: 'RENAME of INBOX leaves what is inside it',
    right: 'suite',
    why: 'Answers NO, where the section has INBOX’s messages move to the new name.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 9051 §6.3.9',
    name: 'LIST finds INBOX in any case of letters',
    right: 'both',
    why: 'Only patterns in upper case find INBOX. The section speaks of the upper case string that matches; §5.1 has the name in any case.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 9051 §6.4.6',
    name: 'STORE .SILENT says nothing, and does it',
    right: 'suite',
    why: 'The new flags are sent nevertheless. They may be told at any time, but the client asked not to hear them.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 9051 §9',
    name: 'a number beyond the last message is BAD',
    right: 'suite',
    why: 'Answers NO; BAD is a SHOULD.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 9051 §9',
    name: 'sets that are malformed',
    right: 'suite',
    why: 'Answers NO to message 0; numbers begin at 1, and what is against the syntax is BAD.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 9051 §6.4.4',
    name: 'CHARSET: UTF-8 and US-ASCII, and one that is unknown',
    right: 'suite',
    why: 'Answers BAD to an unknown charset; NO, and not BAD, is a MUST.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 9051 §7.1',
    name: 'an unknown CHARSET is said to be so',
    right: 'suite',
    why: 'Answers BAD without BADCHARSET.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 5032 §3',
    name: 'OLDER and YOUNGER, in seconds; 0 is malformed',
    right: 'suite',
    why: 'Takes 0; the interval is a number from 1.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 5256 §3',
    name: 'SORT: malformed, and an unknown charset',
    right: 'suite',
    why: 'Answers BAD to an unknown charset, where SORT follows SEARCH: NO.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 5267 §3.1',
    name: 'SORT with RETURN: MIN and MAX are the first and the last in order',
    right: 'suite',
    why: 'MIN and MAX are the lowest and highest numbers; they are to be the first and last in the order asked for.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 7162 §3.1.5',
    name: 'SEARCH MODSEQ finds what is as new, and tells the highest',
    right: 'suite',
    why: 'Tells a MODSEQ with an empty result; the syntax has it only behind numbers.',
  },
  {
    server: 'Cyrus',
    section: 'RFC 8970 §3',
    name: 'PREVIEW, LAZY, and what is malformed',
    right: 'both',
    why: 'NIL for a message without a preview made before: that is said to be “not available”, which a server may be.',
  },
]

export const verdicts: readonly Verdict[] = [...mailkeep, ...dovecot, ...cyrus]
