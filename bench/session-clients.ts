// A process of mail programs that only wait: each connection by TLS, logged in, INBOX selected, in IDLE. By itself, so that what they take is not counted
// as the server's. Told what to do by `sessions.ts`, its parent.

import { ImapLoad, type ImapTarget } from './load-imap.ts'
import { sleep } from './peers/server.ts'

export interface Waiting {
  readonly target: ImapTarget
  readonly connections: number
  readonly messages: number
}

export type ToClients = { readonly kind: 'open'; readonly accounts: readonly Waiting[] }

export type FromClients =
  | { readonly kind: 'opened'; readonly problem: string | null }
  /** By the clock that all processes of the machine have (`process.hrtime`). */
  | { readonly kind: 'told'; readonly user: string; readonly atMs: number }

/** Logins on their way: what a vault lets wait for Argon2id is more (`src/unlock/unlocked-accounts.ts`). */
const AT_ONCE = 4
/** Whoever is told to come again, because too many log in or an account takes long to open, does. */
const AGAIN_MS = 1_000

function say(message: FromClients): void {
  process.send?.(message)
}

const message = Buffer.from(
  'From: Ada <ada@example.org>\r\nTo: Bo <bo@example.org>\r\nSubject: A few lines\r\nDate: Thu, 26 Nov 2026 10:00:00 +0000\r\n' +
    `Message-ID: <few@example.org>\r\n\r\n${'A line of some length, as people write them.\r\n'.repeat(20)}`,
)

async function open({ target, connections, messages }: Waiting): Promise<void> {
  for (let number = 0; number < connections; number++) {
    const connection = await logIn(target)
    if (number === 0) for (let count = 0; count < messages; count++) await connection.append('INBOX', message)
    await connection.command('SELECT INBOX')
    await connection.idle()
    void listen(connection, target.user)
  }
}

async function logIn(target: ImapTarget): Promise<ImapLoad> {
  for (;;) {
    try {
      return await ImapLoad.login(target)
    } catch (error) {
      if (!String(error).includes('[UNAVAILABLE]')) throw error
      await sleep(AGAIN_MS)
    }
  }
}

async function listen(connection: ImapLoad, user: string): Promise<void> {
  for (;;) {
    await connection.told()
    say({ kind: 'told', user, atMs: Number(process.hrtime.bigint()) / 1e6 })
  }
}

async function openAll(accounts: readonly Waiting[]): Promise<void> {
  const left = accounts.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const account of left) await open(account)
    }),
  )
}

process.on('message', ({ accounts }: ToClients) => {
  openAll(accounts).then(
    () => say({ kind: 'opened', problem: null }),
    (error: unknown) => say({ kind: 'opened', problem: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
process.on('unhandledRejection', (error) => {
  console.error(error)
  process.exit(1)
})
