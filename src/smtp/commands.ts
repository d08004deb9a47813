// All commands by verb. A command is a file of its own and a line here.

import { auth } from './command-auth.ts'
import { bdat } from './command-bdat.ts'
import { data } from './command-data.ts'
import { ehlo, helo } from './command-ehlo.ts'
import { expn } from './command-expn.ts'
import { help } from './command-help.ts'
import { mail } from './command-mail.ts'
import { noop } from './command-noop.ts'
import { quit } from './command-quit.ts'
import { rcpt } from './command-rcpt.ts'
import { rset } from './command-rset.ts'
import { startTls } from './command-starttls.ts'
import { vrfy } from './command-vrfy.ts'
import type { Command } from './command.ts'

const all: readonly Command[] = [auth, bdat, data, ehlo, expn, helo, help, mail, noop, quit, rcpt, rset, startTls, vrfy]

const byVerb: ReadonlyMap<string, Command> = new Map(all.map((command) => [command.verb, command]))

/** `verb` in upper case. */
export function commandOf(verb: string): Command | undefined {
  return byVerb.get(verb)
}
