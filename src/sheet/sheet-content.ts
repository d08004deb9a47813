// What stands on a recovery sheet: everything that whoever finds the paper in ten years needs, and the recovery code. The code is not kept anywhere else: a
// sheet is made when the code is made, or typed again.

export interface SheetFacts {
  /** The account's. */
  readonly address: string
  /** The host name by which the server is known. */
  readonly server: string
  /** In groups, as `formatRecoveryCode` writes it. */
  readonly code: string
  /** Of the sheet: milliseconds since the Unix epoch. */
  readonly made: number
  /** To which of its identities the account has its mail sealed: the hybrid one takes age 1.3. */
  readonly identity: 'hybrid' | 'x25519'
}

const COMMAND_ADDRESS_MAX = 60

export interface SheetStep {
  readonly title: string
  readonly text: string
  /** Typed at a prompt; null if there is nothing to type. */
  readonly command: string | null
  readonly after: string | null
}

export interface SheetContent {
  readonly title: string
  readonly address: string
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly purpose: string
  readonly code: string
  readonly reading: string
  readonly steps: readonly SheetStep[]
}

export function sheetContent({ address, server, code, made, identity }: SheetFacts): SheetContent {
  // It stands at the top in any case, and must leave room for the rest.
  const shown = address.length > COMMAND_ADDRESS_MAX ? 'ADDRESS' : address
  const age = identity === 'hybrid' ? 'the age program (1.3 or newer)' : 'the age program'
  return {
    title: 'Mailkeep recovery sheet',
    address,
    facts: [
      ['Server', server],
      ['Date', new Date(made).toISOString().slice(0, 10)],
    ],
    purpose:
      'The recovery code on this sheet opens all mail of this account if its password is forgotten or the server is lost. Whoever has it can read everything: keep it where you keep your passport, on paper alone, not in a mailbox and not as a photo. Nobody can print it again without it.',
    code,
    reading: 'There is no letter I, L, O or U in it: 0 is zero, 1 is one. The picture holds the same.',
    steps: [
      {
        title: 'With Mailkeep, on the server or on another machine',
        text: "Where only a copy of the server's ledger directory is left, first: mailkeep adopt. Then",
        command: `mailkeep account recover ${shown}`,
        after: 'It asks for the code and a new password, and prints a new code: make a new sheet of that.',
      },
      {
        title: 'Without Mailkeep',
        text: `With Python 3, ${age} and a copy of the ledger directory. verify-ledger.py is in the folder tools of Mailkeep's sources; the formats are described in docs/formats (keys.md, section 3).`,
        command: 'python3 verify-ledger.py extract LEDGER NEW-FOLDER',
        after: 'It asks for the code, and writes each message into a file of its own.',
      },
      {
        title: 'Once a year',
        text: 'Try it: on the page Recovery of the webmail, or',
        command: `mailkeep account drill ${shown}`,
        after: null,
      },
      {
        title: 'If somebody else has seen this sheet',
        text: 'Make a new code, which ends this one: on the page Recovery, or',
        command: `mailkeep account recovery-code new ${shown}`,
        after: null,
      },
    ],
  }
}
