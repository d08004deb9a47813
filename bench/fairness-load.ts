// One mail program that asks for much, over and over: a process of its own, so that what it takes to read the answers is not that of those who are measured.
// Told by `fairness.ts`, its parent, what to ask.

import { ImapLoad, type ImapTarget } from './load-imap.ts'

export interface ToLoad {
  readonly target: ImapTarget
  readonly mailbox: string
  /** Commands, one after the other, again and again. */
  readonly commands: readonly string[]
}

export type FromLoad =
  | { readonly kind: 'begun' }
  | { readonly kind: 'done'; readonly command: string; readonly ms: number }

function say(message: FromLoad): void {
  process.send?.(message)
}

async function ask({ target, mailbox, commands }: ToLoad): Promise<void> {
  const connection = await ImapLoad.login(target)
  await connection.command(`SELECT ${mailbox}`)
  say({ kind: 'begun' })
  for (let round = 0; ; round++) {
    const command = commands[round % commands.length] as string
    const begun = performance.now()
    await connection.command(command)
    say({ kind: 'done', command, ms: performance.now() - begun })
  }
}

process.once('message', (load: ToLoad) => void ask(load))
process.on('disconnect', () => process.exit())
