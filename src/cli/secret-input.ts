// Passwords and recovery codes come from standard input or from the keyboard, never from arguments, which every user of the machine can see.

import { utf8TextOrNull } from '#base/bytes.ts'
import { askHidden, isTerminal, readInputLine } from '#platform/terminal.ts'
import { CommandError, EXIT } from './exit-code.ts'

/** `what` is asked for: `Old password`, `Recovery code`. The caller wipes it. Throws CommandError. */
export async function readSecret(fromStdin: boolean, what: string): Promise<Buffer> {
  const secret = fromStdin ? await readInputLine() : await ask(`${what}: `)
  if (secret.length === 0) throw new CommandError(EXIT.usage, `${what}: nothing was given`)
  if (utf8TextOrNull(secret) === null) throw new CommandError(EXIT.usage, `${what}: it is not UTF-8`)
  return secret
}

/** Typed twice if it comes from the keyboard. */
export async function readNewSecret(fromStdin: boolean, what: string): Promise<Buffer> {
  const secret = await readSecret(fromStdin, what)
  if (fromStdin) return secret
  const again = await ask('Once more: ')
  if (!again.equals(secret)) throw new CommandError(EXIT.usage, 'the two differ')
  return secret
}

async function ask(question: string): Promise<Buffer> {
  if (!isTerminal('input')) throw new CommandError(EXIT.usage, 'there is no terminal to ask at: use --password-stdin')
  const typed = await askHidden(question)
  if (typed === null) throw new CommandError(EXIT.usage, 'broken off')
  return typed
}
