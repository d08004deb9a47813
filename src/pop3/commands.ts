// The commands after login (RFC 1939 §5 to §7, RFC 2449 §5).

import { sessionCapabilities } from './capabilities.ts'
import { list, stat, uidl } from './listing.ts'
import { retr, top } from './retrieve.ts'
import type { Session } from './session.ts'
import { dele, quit, rset } from './update.ts'

type Run = (session: Session, args: readonly string[]) => void | Promise<void>

interface Command {
  readonly argumentsMax: number
  readonly run: Run
}

function capa(session: Session): void {
  session.ok()
  for (const capability of sessionCapabilities()) session.out.line(capability)
  session.out.line('.')
}

const COMMANDS = new Map<string, Command>([
  ['CAPA', { argumentsMax: 0, run: capa }],
  ['DELE', { argumentsMax: 1, run: dele }],
  ['LIST', { argumentsMax: 1, run: list }],
  ['NOOP', { argumentsMax: 0, run: (session) => session.ok() }],
  ['QUIT', { argumentsMax: 0, run: quit }],
  ['RETR', { argumentsMax: 1, run: retr }],
  ['RSET', { argumentsMax: 0, run: rset }],
  ['STAT', { argumentsMax: 0, run: stat }],
  ['TOP', { argumentsMax: 2, run: top }],
  ['UIDL', { argumentsMax: 1, run: uidl }],
])

/** Null for a line that is no command. */
export function parseCommand(line: string): { readonly run: Run; readonly args: readonly string[] } | null {
  const [name = '', ...args] = line.split(' ').filter((word) => word !== '')
  const command = COMMANDS.get(name.toUpperCase())
  return command === undefined || args.length > command.argumentsMax ? null : { run: command.run, args }
}
