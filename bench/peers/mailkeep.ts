// Mailkeep itself, as `npm start` runs it, with accounts: personal mode, loopback, everything sealed and durable. One setting differs from the
// defaults: a client may hold many connections, as the load comes from one address.

import { type Mailkeep, startMailkeep } from '../../test/harness.ts'
import { PLAIN_SUBJECT } from '../corpus.ts'
import { ImapLoad, type ImapTarget } from '../load-imap.ts'
import type { MailSide, Server } from './server.ts'

const PASSWORD = 'correct horse battery'
const READER = 'bench@example.org'
/** Of the commands that add accounts. */
const AT_ONCE = 2

export interface MeasuredMailkeep extends Server {
  readonly imap: ImapTarget
  readonly imaps: ImapTarget
}

export async function startMeasured(): Promise<MeasuredMailkeep> {
  const mailkeep = await startMailkeep({
    accounts: { [READER]: PASSWORD },
    config: 'connections:\n  perAddress: 10000\n',
  })
  try {
    const { pid } = await mailkeep.status()
    const imap = { port: mailkeep.ports.imap, user: READER, password: PASSWORD }
    return {
      name: 'Mailkeep',
      pid,
      mail: mailSide(mailkeep),
      imap,
      imaps: { ...imap, port: mailkeep.ports.imaps, isTls: true },
      [Symbol.asyncDispose]: () => mailkeep[Symbol.asyncDispose](),
    }
  } catch (error) {
    await mailkeep[Symbol.asyncDispose]()
    throw error
  }
}

function mailSide(mailkeep: Mailkeep): MailSide {
  const added: string[] = []
  return {
    port: mailkeep.ports.smtp,
    isLmtp: false,
    // Filed when its owner logs in: `arrived` would make that happen in between.
    arrivesLater: false,
    async recipients(count) {
      while (added.length < count) {
        const next = Array.from(
          { length: Math.min(AT_ONCE, count - added.length) },
          (_, at) => `m${added.length + at}@example.org`,
        )
        await Promise.all(next.map((address) => mailkeep.addAccount(address, PASSWORD)))
        added.push(...next)
      }
      return added.slice(0, count)
    },
    async arrived(recipients) {
      let count = 0
      for (const user of recipients) {
        using connection = await ImapLoad.login({ port: mailkeep.ports.imap, user, password: PASSWORD })
        await connection.command('SELECT INBOX')
        // There is a welcome message, too.
        count += await connection.hits(`SUBJECT "${PLAIN_SUBJECT}"`)
      }
      return count
    },
  }
}
