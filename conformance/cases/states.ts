// Greeting, capabilities, login, tags and the syntax of commands.

import { type Case, casesOf } from '../case.ts'

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')

export const states: readonly Case[] = casesOf(
  '9051',
  [],
  [
    {
      section: '7.1.1',
      name: 'the greeting is an untagged OK',
      begins: 'connected',
      script: `
        S: * OK
      `,
    },
    {
      section: '6.1.1',
      name: 'CAPABILITY before login names a revision',
      begins: 'connected',
      script: `
        S: * OK
        C: a CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: a OK
      `,
    },
    {
      section: '6.1.1',
      name: 'CAPABILITY takes no argument',
      begins: 'authenticated',
      script: `
        C: a CAPABILITY now
        S: a BAD
      `,
    },
    {
      section: '6.1.2',
      name: 'NOOP, in any case of letters',
      begins: 'authenticated',
      script: `
        C: a noop
        S: a OK
        C: b NoOp
        S: b OK
      `,
    },
    {
      section: '6.1.3',
      name: 'LOGOUT: BYE, then OK, then the end',
      begins: 'authenticated',
      script: `
        C: a LOGOUT
        S: * BYE
        S: a OK
        S: <closed>
      `,
    },
    {
      section: '6.1.3',
      name: 'LOGOUT before login',
      begins: 'connected',
      script: `
        S: * OK
        C: a LOGOUT
        S: * BYE
        S: a OK
        S: <closed>
      `,
    },
    {
      section: '6.2.3',
      name: 'LOGIN with a wrong password is NO',
      begins: 'connected',
      script: `
        S: * OK
        C: a LOGIN $user wrong
        S: a NO
        C: b NOOP
        S: b OK
        C: c LOGIN "$user" "$password"
        S: c OK
      `,
    },
    {
      section: '6.2.3',
      name: 'LOGIN with literals, asked for one after the other',
      begins: 'connected',
      script: `
        S: * OK
        C: a LOGIN {$user.size}
        S: +
        C: $user {$password.size}
        S: +
        C: $password
        S: a OK
      `,
    },
    {
      section: '6.2.3',
      name: 'LOGIN without a password is malformed',
      begins: 'connected',
      script: `
        S: * OK
        C: a LOGIN $user
        S: a BAD
        C: b LOGIN
        S: b BAD
      `,
    },
    {
      section: '6.2',
      name: 'commands that need a login are refused before it',
      begins: 'connected',
      script: `
        S: * OK
        C: a SELECT INBOX
        S: a NO|BAD
        C: b LIST "" *
        S: b NO|BAD
        N: * LIST <rest>
      `,
    },
    {
      section: '6.2.2',
      name: 'AUTHENTICATE with an unknown mechanism is NO',
      begins: 'connected',
      script: `
        S: * OK
        C: a AUTHENTICATE X-UNKNOWN
        S: a NO
      `,
    },
    {
      section: '6.2.2',
      name: 'AUTHENTICATE PLAIN that the client cancels is BAD',
      begins: 'connected',
      script: `
        S: * OK
        C: a AUTHENTICATE PLAIN
        S: +
        C: *
        S: a BAD
        C: b NOOP
        S: b OK
      `,
    },
    {
      section: '6.2.2',
      name: 'AUTHENTICATE PLAIN with what is not base64 is BAD',
      begins: 'connected',
      script: `
        S: * OK
        C: a AUTHENTICATE PLAIN
        S: +
        C: !!not base64!!
        S: a BAD
      `,
    },
    {
      section: '6.2.2',
      name: 'AUTHENTICATE PLAIN with a wrong password is NO',
      begins: 'connected',
      script: `
        S: * OK
        C: a AUTHENTICATE PLAIN
        S: +
        C: ${base64('\0nobody@example.org\0wrong')}
        S: a NO
      `,
    },
    {
      section: '6.2.2',
      name: 'AUTHENTICATE PLAIN with an initial response',
      begins: 'connected',
      needs: ['SASL-IR'],
      script: `
        S: * OK
        C: a AUTHENTICATE PLAIN ${base64('\0nobody@example.org\0wrong')}
        S: a NO
      `,
    },
    {
      section: '3.3',
      name: 'LOGIN again, once logged in, is refused',
      begins: 'authenticated',
      script: `
        C: a LOGIN $user "$password"
        S: a NO|BAD
        C: b NOOP
        S: b OK
      `,
    },
    {
      section: '3.2',
      name: 'commands that need a mailbox are refused without one',
      begins: 'authenticated',
      script: `
        C: a FETCH 1 FLAGS
        S: a NO|BAD
        C: b EXPUNGE
        S: b NO|BAD
        C: c CLOSE
        S: c NO|BAD
        C: d SEARCH ALL
        S: d NO|BAD
      `,
    },
    {
      section: '7.1.3',
      name: 'an unknown command is BAD',
      begins: 'authenticated',
      script: `
        C: a FROBNICATE
        S: a BAD
        C: b UID NOOP
        S: b BAD
      `,
    },
    {
      section: '9',
      name: 'a command without its arguments is BAD',
      begins: 'authenticated',
      script: `
        C: a SELECT
        S: a BAD
        C: b CREATE
        S: b BAD
        C: c STATUS INBOX
        S: c BAD
        C: d RENAME INBOX
        S: d BAD
        C: e LIST ""
        S: e BAD
      `,
    },
    {
      section: '9',
      name: 'NOOP with an argument is BAD',
      begins: 'authenticated',
      script: `
        C: a NOOP x
        S: a BAD
      `,
    },
    {
      section: '9',
      name: 'a tag alone is BAD',
      begins: 'authenticated',
      script: `
        C: a
        S: a BAD
      `,
    },
    {
      section: '2.2.1',
      name: 'tags of any characters that are allowed come back',
      begins: 'authenticated',
      script: `
        C: 1.A-b_c/d NOOP
        S: 1.A-b_c/d OK
        C: ]x NOOP
        S: ]x OK
      `,
    },
    {
      section: '5.5',
      name: 'commands sent at once are all answered',
      begins: 'authenticated',
      script: `
        C: a NOOP
        C: b CAPABILITY
        C: c NOOP
        S: a OK
        S: b OK
        S: c OK
      `,
    },
    {
      section: '4.3',
      name: 'a synchronizing literal is asked for',
      begins: 'authenticated',
      script: `
        C: a CREATE {5}
        S: +
        C: in ab
        S: a OK
        C: b LIST "" "in ab"
        S: * LIST () <any> "in ab"
        S: b OK
      `,
    },
    {
      section: '4.3',
      name: 'a non-synchronizing literal is not',
      begins: 'authenticated',
      needs: ['LITERAL+'],
      script: `
        C: a CREATE {5+}
        in ab
        S: a OK
        C: b STATUS {5+}
        in ab (MESSAGES)
        S: * STATUS "in ab" (MESSAGES 0)
        S: b OK
      `,
    },
    {
      section: '4.3',
      name: 'an empty literal is an empty string',
      begins: 'authenticated',
      script: `
        C: a LIST {0}
        S: +
        C:  INBOX
        S: * LIST () <any> INBOX
        S: a OK
      `,
    },
    {
      section: '4.3',
      name: 'quoted strings with escapes',
      begins: 'authenticated',
      script: `
        C: a STATUS "INBOX" (MESSAGES)
        S: * STATUS INBOX (MESSAGES <number>)
        S: a OK
        C: b STATUS "no\\"such" (MESSAGES)
        S: b NO
      `,
    },
    {
      section: '9',
      name: 'a quoted string without end is BAD',
      begins: 'authenticated',
      script: `
        C: a SELECT "INBOX
        S: a BAD
        C: b NOOP
        S: b OK
      `,
    },
    {
      section: '6.3.1',
      name: 'ENABLE of what is unknown changes nothing, and is OK',
      begins: 'authenticated',
      needs: ['ENABLE'],
      script: `
        C: a ENABLE X-NO-SUCH-THING
        S: a OK
      `,
    },
    {
      section: '6.3.1',
      name: 'ENABLE without an argument is BAD',
      begins: 'authenticated',
      needs: ['ENABLE'],
      script: `
        C: a ENABLE
        S: a BAD
      `,
    },
  ],
)
